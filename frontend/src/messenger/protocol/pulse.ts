const QUIET_MS = 40_000;
const PONG_MS = 10_000;

/** Tells a quiet connection from a dead one: after 40 s of silence an echo is due, and 10 s later an answer. */
export class Pulse {
  /** A tab nobody sees asks nothing; it finds out when it is shown or the socket closes. */
  visible = true;
  #heardAt = 0;
  #askedAt = 0;

  heard(now: number): void {
    this.#heardAt = now;
    this.#askedAt = 0;
  }

  asked(now: number): void {
    this.#askedAt = now;
  }

  dead(now: number): boolean {
    return this.#askedAt > 0 && now >= this.#askedAt + PONG_MS;
  }

  mustAsk(now: number): boolean {
    return this.visible && this.#askedAt === 0 && now >= this.#heardAt + QUIET_MS;
  }

  /** When one of the two is next due, ms. */
  dueAt(): number {
    if (this.#askedAt > 0) return this.#askedAt + PONG_MS;
    return this.visible ? this.#heardAt + QUIET_MS : Infinity;
  }
}
