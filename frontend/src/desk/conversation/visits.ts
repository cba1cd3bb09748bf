import { Writing } from "../composer/writing.svelte";
import { Place } from "./place";

/** Visits keep where the reader stood and what was being written in each open tab. */
export class Visits {
  #places = new Map<string, Place>();
  #writings = new Map<string, Writing>();

  /** place is where the reader stands; unread counts when the tab comes to the front. */
  place(conversation: string, unread: number): Place {
    const known = this.#places.get(conversation);
    if (known) {
      known.enter(unread);
      return known;
    }
    const place = new Place(unread);
    this.#places.set(conversation, place);
    return place;
  }

  /** writing is what stands in the composer, at first the draft that was kept. */
  writing(conversation: string, draft: string, save: (text: string) => void): Writing {
    let writing = this.#writings.get(conversation);
    if (!writing) this.#writings.set(conversation, (writing = new Writing(draft, save)));
    return writing;
  }

  /** insert puts a text into what is being written, behind what stands there. */
  insert(conversation: string, text: string): void {
    const writing = this.#writings.get(conversation);
    if (!writing) return;
    const before = writing.text.replace(/\s+$/, "");
    writing.set(before === "" ? text : `${before}\n${text}`);
  }

  /** keep forgets every tab that is not open any more. */
  keep(open: ReadonlySet<string>): void {
    for (const id of this.#places.keys()) if (!open.has(id)) this.#places.delete(id);
    for (const [id, writing] of this.#writings) {
      if (open.has(id)) continue;
      writing.stop();
      this.#writings.delete(id);
    }
  }
}
