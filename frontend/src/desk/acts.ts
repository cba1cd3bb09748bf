/** What can be done with the interaction on show. */
export type Act = "transfer" | "park" | "help" | "end";

/**
 * Acts let the palette do what the conversation on show can do, by the same
 * functions as its buttons and keys.
 */
export class Acts {
  #acts = new Map<Act, () => void>();

  /** offer says how to do something. The result takes it back. */
  offer(act: Act, run: () => void): () => void {
    this.#acts.set(act, run);
    return () => {
      if (this.#acts.get(act) === run) this.#acts.delete(act);
    };
  }

  /** run does it, if it can be done now. */
  run(act: Act): void {
    this.#acts.get(act)?.();
  }
}
