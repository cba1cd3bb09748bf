/** How long letters belong together, in milliseconds. */
const pause = 900;

/** TypeAhead finds an entry of a list by the first letters typed. */
export class TypeAhead {
  #typed = "";
  #at = 0;

  /**
   * find takes one more letter at now (Unix milliseconds) and gives the index of
   * the next entry after `from` that begins with what was typed, or undefined.
   */
  find(letter: string, entries: readonly string[], from: number, now: number): number | undefined {
    const fresh = now - this.#at > pause;
    this.#typed = fresh ? letter : this.#typed + letter;
    this.#at = now;
    const wanted = fold(this.#typed);
    // One letter moves on; more letters may stay where the first one led.
    const start = this.#typed.length > letter.length ? from : from + 1;
    for (let i = 0; i < entries.length; i++) {
      const index = (((start + i) % entries.length) + entries.length) % entries.length;
      if (fold(entries[index] ?? "").startsWith(wanted)) return index;
    }
    return undefined;
  }
}

/** fold makes É find e. */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
