import type { Bridge } from "../bridge/bridge";
import type { Item, Page, TranscriptChange } from "../bridge/types";

/** How many items one call brings. */
export const pageSize = 100;

/** A call on its way. What a change has replaced since is not taken from its answer. */
interface Asked {
  /** Items from here on are newer than the answer. */
  upTo: number;
  done: Promise<void>;
}

/**
 * Transcript is what this window knows of one conversation: as many places as
 * there are items, filled where they have been asked for or have changed.
 */
export class Transcript {
  readonly conversation: string;
  readonly #bridge: Bridge;
  #items = $state.raw<readonly (Item | undefined)[]>([]);
  #loaded = $state(false);
  #error = $state("");
  #asked = new Map<number, Asked>();

  constructor(conversation: string, bridge: Bridge) {
    this.conversation = conversation;
    this.#bridge = bridge;
  }

  /** Every place, oldest first; undefined is one that is not here yet. */
  get items(): readonly (Item | undefined)[] {
    return this.#items;
  }

  get total(): number {
    return this.#items.length;
  }

  /** Whether anything is known yet. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** Why the last call for items failed; "" if it did not. */
  get error(): string {
    return this.#error;
  }

  /** loadEnd asks for the newest items. */
  loadEnd(): Promise<void> {
    return this.#ask(-1, pageSize);
  }

  /**
   * ensure asks for what is missing between from and to (not included), whole
   * pages at a time. It is cheap to call on every scroll.
   */
  ensure(from: number, to: number): void {
    const first = Math.max(0, Math.floor(from / pageSize) * pageSize);
    for (let page = first; page < Math.min(to, this.total); page += pageSize) {
      const end = Math.min(page + pageSize, this.total);
      for (let i = page; i < end; i++) {
        if (this.#items[i] === undefined) {
          void this.#ask(page, pageSize);
          break;
        }
      }
    }
  }

  /** apply takes a change: what stood from its From on is replaced. */
  apply(change: TranscriptChange): void {
    const items = this.#items.slice(0, change.from);
    while (items.length < change.from) items.push(undefined);
    items.push(...(change.items ?? []));
    while (items.length < change.total) items.push(undefined);
    items.length = change.total;
    this.#items = items;
    this.#loaded = true;
    for (const asked of this.#asked.values()) asked.upTo = Math.min(asked.upTo, change.from);
  }

  /** reload asks anew, for a state that may have jumped; what is shown stays until then. */
  reload(): Promise<void> {
    this.#asked.clear();
    return this.#ask(-1, pageSize, true);
  }

  #ask(from: number, count: number, replace = false): Promise<void> {
    const running = this.#asked.get(from);
    if (running) return running.done;
    const asked: Asked = { upTo: Infinity, done: Promise.resolve() };
    this.#asked.set(from, asked);
    asked.done = this.#fetch(from, count, replace, asked);
    return asked.done;
  }

  async #fetch(from: number, count: number, replace: boolean, asked: Asked): Promise<void> {
    // After a reload an older answer counts no more.
    const current = () => this.#asked.get(from) === asked;
    try {
      const page = await this.#bridge.interactions.transcript(this.conversation, from, count);
      if (!current()) return;
      this.#take(page, replace, asked.upTo);
      this.#error = "";
    } catch (cause) {
      if (current()) this.#error = cause instanceof Error ? cause.message : String(cause);
    } finally {
      if (current()) this.#asked.delete(from);
    }
  }

  /** take fills in a page below upTo; what stands from there on came later than the page. */
  #take(page: Page, replace: boolean, upTo: number): void {
    const items = replace ? this.#items.map((item, i) => (i < upTo ? undefined : item)) : this.#items.slice();
    if (upTo === Infinity) {
      while (items.length < page.total) items.push(undefined);
      if (replace) items.length = page.total;
    }
    (page.items ?? []).forEach((item, i) => {
      const at = page.from + i;
      if (at < Math.min(upTo, items.length)) items[at] ??= item;
    });
    this.#items = items;
    this.#loaded = true;
  }
}
