/** How long typing rests before the draft is kept, in milliseconds. */
const rest = 500;

/** Writing is the text in one tab's composer and its draft. */
export class Writing {
  readonly #save: (text: string) => void;
  #text = $state("");
  #kept = $state(false);
  #saved: string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(draft: string, save: (text: string) => void) {
    this.#save = save;
    this.#text = draft;
    this.#saved = draft;
    this.#kept = draft !== "";
  }

  get text(): string {
    return this.#text;
  }

  /** Whether what stands here is kept over a restart. */
  get kept(): boolean {
    return this.#kept && this.#text !== "";
  }

  /** set takes what was typed and keeps it once typing rests. */
  set(text: string): void {
    this.#text = text;
    this.#kept = text === this.#saved;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), rest);
  }

  /** flush keeps the draft now. */
  flush(): void {
    clearTimeout(this.#timer);
    if (this.#text !== this.#saved) {
      this.#saved = this.#text;
      this.#save(this.#text);
    }
    this.#kept = true;
  }

  /** take empties the composer for sending: the core clears the draft by itself. */
  take(): string {
    clearTimeout(this.#timer);
    const text = this.#text.trim();
    this.#text = "";
    this.#saved = "";
    return text;
  }

  /** back puts text in front of what stands here, so that neither is lost. */
  back(text: string): void {
    if (text === "") return;
    this.set(this.#text.trim() === "" ? text : `${text}\n${this.#text}`);
  }

  /** stop lets go without keeping. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
