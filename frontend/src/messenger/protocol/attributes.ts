/** Custom attributes: they go with the next message after a change, and again until such a message has been echoed. */
export class Attributes {
  #values: Record<string, string> = {};
  /** Id of the message that carries the newest values; null while none does, "" once one was echoed. */
  #carrier: string | null = "";

  set(values: Record<string, string>): void {
    if (Object.entries(values).every(([key, value]) => this.#values[key] === value)) return;
    this.#values = { ...this.#values, ...values };
    this.#carrier = null;
  }

  /** All values, for the event that begins a conversation without a text. */
  get values(): Record<string, string> {
    return this.#values;
  }

  /** What the message with this id has to carry. */
  carriedBy(id: string): Record<string, string> {
    if (this.#carrier === "") return {};
    this.#carrier = id;
    return this.#values;
  }

  echoed(id: string): void {
    if (this.#carrier === id) this.#carrier = "";
  }

  /** A new session knows nothing yet. */
  forget(): void {
    this.#carrier = null;
  }
}
