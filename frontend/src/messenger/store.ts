/** The part of localStorage that is used; tests pass their own. */
export type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

/** A random UUID, on pages without a secure context too. */
export function uuid(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = ((b[6] ?? 0) & 15) | 64;
  b[8] = ((b[8] ?? 0) & 63) | 128;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

class Memory implements Storage {
  readonly #values = new Map<string, string>();
  getItem = (key: string): string | null => this.#values.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.#values.set(key, value);
  removeItem = (key: string): void => void this.#values.delete(key);
}

/** The browser's storage, or memory where it forbids it (naming it can throw already) or has no room. */
export function openStorage(kind: () => Storage): Storage {
  try {
    const storage = kind();
    const probe = "parley:probe";
    storage.setItem(probe, "1");
    storage.removeItem(probe);
    return storage;
  } catch {
    return new Memory();
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A text that was not through when the page was left. */
export interface KeptText {
  id: string;
  at: number;
  text: string;
}

/** What one tab keeps over a change of page: whether the window was open, the draft, and texts not yet through. */
export class TabStore {
  readonly #openKey: string;
  readonly #draftKey: string;
  readonly #outboxKey: string;

  constructor(
    private readonly storage: Storage,
    deploymentId: string,
  ) {
    this.#openKey = `parley:${deploymentId}:open`;
    this.#draftKey = `parley:${deploymentId}:draft`;
    this.#outboxKey = `parley:${deploymentId}:outbox`;
  }

  get open(): boolean {
    return this.storage.getItem(this.#openKey) === "1";
  }
  set open(open: boolean) {
    this.#set(this.#openKey, open ? "1" : "");
  }
  get draft(): string {
    return this.storage.getItem(this.#draftKey) ?? "";
  }
  set draft(draft: string) {
    this.#set(this.#draftKey, draft);
  }

  /** What cannot be read counts as nothing. */
  texts(): KeptText[] {
    try {
      const kept: unknown = JSON.parse(this.storage.getItem(this.#outboxKey) ?? "[]");
      if (!Array.isArray(kept)) return [];
      return kept.filter(
        (t: Partial<KeptText> | null): t is KeptText =>
          typeof t?.id === "string" && typeof t.at === "number" && typeof t.text === "string",
      );
    } catch {
      return [];
    }
  }

  keepTexts(texts: KeptText[]): void {
    this.#set(this.#outboxKey, texts.length === 0 ? "" : JSON.stringify(texts));
  }

  #set(key: string, value: string): void {
    try {
      if (value === "") this.storage.removeItem(key);
      else if (this.storage.getItem(key) !== value) this.storage.setItem(key, value);
    } catch {
      // No room: the page still works, it only remembers less.
    }
  }
}

/** What one browser keeps of one deployment, shared by its tabs: the token, how far was read, when the session ends. */
export class Store {
  readonly tokenKey: string;
  readonly seenKey: string;
  readonly #untilKey: string;

  constructor(
    private readonly storage: Storage,
    deploymentId: string,
  ) {
    this.tokenKey = `parley:${deploymentId}:token`;
    this.seenKey = `parley:${deploymentId}:seen`;
    this.#untilKey = `parley:${deploymentId}:until`;
  }

  /** The session's identity, made on first use. It is a secret. */
  token(): string {
    const known = this.storage.getItem(this.tokenKey);
    return known !== null && UUID.test(known) ? known : this.#make();
  }

  /** Another token than the given one: the one another tab has chosen meanwhile, or a new one. */
  renew(not: string): string {
    const known = this.storage.getItem(this.tokenKey);
    if (known !== null && known !== not && UUID.test(known)) return known;
    this.storage.removeItem(this.#untilKey);
    this.storage.removeItem(this.seenKey);
    return this.#make();
  }

  #make(): string {
    const token = uuid();
    this.#set(this.tokenKey, token);
    return token;
  }

  #set(key: string, value: string): void {
    try {
      this.storage.setItem(key, value);
    } catch {
      // A full store loses what it would have kept over a reload, nothing else.
    }
  }

  /** Whether a session with messages is likely to be alive. */
  hasSession(now: number): boolean {
    return Number(this.storage.getItem(this.#untilKey) ?? 0) > now;
  }

  /** until in ms since 1970; 0 says there is none. */
  keepSession(until: number): void {
    if (until === 0) this.storage.removeItem(this.#untilKey);
    else this.#set(this.#untilKey, String(until));
  }

  /** Time of the newest message the contact has seen, ms. */
  get seen(): number {
    return Number(this.storage.getItem(this.seenKey) ?? 0) || 0;
  }

  set seen(time: number) {
    if (time > this.seen) this.#set(this.seenKey, String(time));
  }
}
