/**
 * Layers are what Escape takes away, one at a time, the last first. Where none
 * is left, the composer gets the keyboard.
 */
export class Layers {
  #open: (() => void)[] = [];

  /** push adds a layer; close is called by Escape. The result removes it without calling close. */
  push(close: () => void): () => void {
    this.#open.push(close);
    return () => {
      this.#open = this.#open.filter((each) => each !== close);
    };
  }

  /** back closes the last layer and says whether there was one. */
  back(): boolean {
    const close = this.#open.pop();
    close?.();
    return close !== undefined;
  }
}

/** focusComposer gives the keyboard to the composer, where there is one. */
export function focusComposer(): boolean {
  const composer = document.querySelector<HTMLElement>("[data-composer]");
  composer?.focus();
  return composer !== null;
}
