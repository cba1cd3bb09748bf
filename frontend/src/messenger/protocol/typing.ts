const EVERY_MS = 5000;

/** Who types: an agent until the time is up or a message comes; the contact told at most every 5 s. */
export class Typing {
  /** Name of the agent who writes, "" without a name, null when nobody does. */
  name: string | null = null;
  #until = Infinity;
  #toldAt = 0;

  begin(name: string, now: number, durationMs: number): void {
    this.name = name;
    this.#until = now + durationMs;
  }

  stop(): void {
    this.name = null;
    this.#until = Infinity;
  }

  /** True when the time has run out just now. */
  lapse(now: number): boolean {
    if (now < this.#until) return false;
    this.stop();
    return true;
  }

  /** When the agent's typing lapses, ms; Infinity when nobody types. */
  dueAt(): number {
    return this.#until;
  }

  /** Whether the contact's typing may be told now; if so it counts as told. */
  mayTell(now: number): boolean {
    if (now < this.#toldAt + EVERY_MS) return false;
    this.#toldAt = now;
    return true;
  }
}
