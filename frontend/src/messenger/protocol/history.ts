import type { HistoryPage } from "./frames";
import type { Timeline } from "./timeline";

export const PAGE_SIZE = 25;
const MAX_RETRIES = 3;

export type HistoryPurpose = "sync" | "older";

/**
 * Reads pages of history into the timeline. "sync" runs after every resumed connection and goes back until it meets
 * what is known; "older" goes one step up when the contact asks. One request at a time.
 */
export class History {
  /** What is under way, or null. */
  running: HistoryPurpose | null = null;
  page = 1;
  /** When a failed request is repeated, ms; 0 when none waits. */
  retryAt = 0;
  /** The last "older" ended in an error the contact should see. */
  failed = false;
  #total: number | null = null;
  #retries = 0;
  #knewSomething = false;

  /** Whether the server has messages older than the first one shown. */
  hasOlder(timeline: Timeline): boolean {
    return this.#total !== null && timeline.entries.length < this.#total;
  }

  /** False when a request is already under way. */
  begin(purpose: HistoryPurpose, timeline: Timeline): boolean {
    if (this.running !== null) return false;
    this.running = purpose;
    this.failed = false;
    this.retryAt = 0;
    this.#retries = 0;
    this.#knewSomething = timeline.entries.length > 0;
    this.page = purpose === "sync" ? 1 : Math.floor(timeline.entries.length / PAGE_SIZE) + 1;
    return true;
  }

  /** Takes a page in; true when another one has to be fetched (this.page says which). */
  take(result: HistoryPage, timeline: Timeline): boolean {
    this.#total = result.total;
    this.retryAt = 0;
    const kept = result.entities.filter((e) => e.kind !== "typing");
    const added = kept.filter((e) => timeline.add(e)).length;
    const exhausted = result.entities.length === 0 || this.page * PAGE_SIZE >= result.total;
    const gap = this.running === "sync" ? this.#knewSomething && added === kept.length : added === 0;
    if (gap && !exhausted) {
      this.page++;
      return true;
    }
    // What the server counts but never lists must not leave "earlier messages" offered for ever.
    if (this.running === "older" && exhausted) this.#total = timeline.entries.length;
    this.running = null;
    return false;
  }

  /** status is the HTTP status, 0 for no answer. True when it will be tried again, at retryAt. */
  fail(status: number, now: number): boolean {
    const again = status === 0 || status === 401 || status === 429 || status >= 500;
    if (again && this.#retries < MAX_RETRIES) {
      this.retryAt = now + (status === 429 ? 10_000 : 1000 * 2 ** this.#retries);
      this.#retries++;
      return true;
    }
    this.failed = this.running === "older";
    this.running = null;
    this.retryAt = 0;
    return false;
  }

  reset(): void {
    this.stop();
    this.#total = null;
    this.failed = false;
  }

  /** The connection is gone; the next one begins its own sync. */
  stop(): void {
    this.running = null;
    this.retryAt = 0;
  }
}
