import type { Item } from "../../bridge/types";
import { firstUnread, inboundFrom } from "./rows";

/** Edges of the scrolled box, in pixels. */
export interface Edges {
  offset: number;
  viewport: number;
  content: number;
}

/** This close to the end counts as the end, in pixels. */
const nearEnd = 32;

/**
 * Reading is where the reader stands in a transcript: at its end, which then
 * stays in view, or further up, where nothing may move.
 */
export class Reading {
  #atEnd = $state(true);
  #fresh = $state(0);
  #marker = $state(-1);
  #unreadAtStart = 0;
  #total = -1;
  #last: Edges = { offset: 0, viewport: 0, content: 0 };

  /** unread is how many inbound messages were unread when the conversation was opened. */
  constructor(unread: number) {
    this.#unreadAtStart = unread;
  }

  /** Whether the end is in view and has to stay there. */
  get atEnd(): boolean {
    return this.#atEnd;
  }
  /** How many inbound messages came below what the reader sees. */
  get fresh(): number {
    return this.#fresh;
  }
  /** The index of the first message that was new; -1 if none. */
  get marker(): number {
    return this.#marker;
  }

  /**
   * changed takes the transcript as it is now. watched says that the window has
   * the keyboard: what arrives at the end then counts as seen.
   */
  changed(items: readonly (Item | undefined)[], watched: boolean): void {
    const before = this.#total;
    this.#total = items.length;
    if (this.#marker >= items.length) this.#marker = -1;
    if (before < 0 || this.#unreadAtStart > 0) this.#markUnread(items);
    if (before < 0 || items.length <= before) return;
    const inbound = inboundFrom(items, before);
    const own = items.slice(before).some((item) => item?.mine === true && item.delivery !== "");
    if (own) {
      // Who answers has read what was new.
      this.toEnd();
      this.#marker = -1;
    }
    if (inbound === 0 || (this.#atEnd && watched)) return;
    if (!this.#atEnd) this.#fresh += inbound;
    // What came while nobody looked is marked from its first message on.
    if (this.#marker < 0) this.#marker = before;
  }

  /**
   * scrolled takes the edges after each scroll or change of size; byReader says
   * that wheel, finger or scroll bar moved just now.
   */
  scrolled(now: Edges, byReader: boolean): void {
    const { offset, content, viewport } = this.#last;
    this.#last = now;
    const end = now.content - now.viewport - now.offset <= nearEnd;
    if (end && (this.#atEnd || now.offset >= offset)) {
      this.toEnd();
    } else if (!end && byReader && now.offset < offset - 1 && now.content >= content && now.viewport === viewport) {
      // Only a reader scrolls up while nothing shrinks: all else is layout.
      this.#atEnd = false;
    }
  }

  /** leave lets go of the end: the reader went elsewhere by key or button. */
  leave(): void {
    this.#atEnd = false;
  }

  /** toEnd goes back to the end. */
  toEnd(): void {
    this.#atEnd = true;
    this.#fresh = 0;
  }

  #markUnread(items: readonly (Item | undefined)[]): void {
    const at = firstUnread(items, this.#unreadAtStart);
    if (at < 0) return;
    this.#unreadAtStart = 0;
    // Where all is new, a mark says nothing.
    if (items.slice(0, at).some((item) => item?.kind !== "event")) this.#marker = at;
  }
}
