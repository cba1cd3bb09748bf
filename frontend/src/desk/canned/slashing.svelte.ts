import type { Desk } from "../desk.svelte";
import { fill, find, slash, values, type Found } from "./canned";

/** Slashing is a canned response being chosen by "/" in a composer. */
export class Slashing {
  readonly #desk: Desk;
  readonly #id: string;
  #text = $state("");
  #caret = $state(0);
  #dropped = $state(-1); // Escape took the list away for the "/" here
  #at = $state(0);

  constructor(desk: Desk, id: string) {
    this.#desk = desk;
    this.#id = id;
  }

  #slash = $derived.by(() => slash(this.#text, this.#caret));
  readonly found = $derived.by(() => {
    const queue = this.#desk.interaction(this.#id)?.queue ?? "";
    if (!this.#slash || this.#slash.from === this.#dropped) return [];
    return find(this.#desk.org?.libraries ?? [], queue, this.#slash.words)
      .slice(0, 30)
      .map((each) => ({ ...each, text: filled(this.#desk, this.#id, each.text) }));
  });
  readonly at = $derived(Math.min(this.#at, Math.max(0, this.found.length - 1)));

  get open(): boolean {
    return this.found.length > 0;
  }

  /** follow takes what stands in the box and where the caret is. */
  follow(text: string, caret: number): void {
    const before = this.#slash?.words;
    this.#text = text;
    this.#caret = caret;
    if (this.#slash?.words !== before) this.#at = 0;
    if (!this.#slash) this.#dropped = -1;
  }

  /** drop takes the list away until another "/" is typed. */
  drop(): void {
    this.#dropped = this.#slash?.from ?? -1;
  }

  move(step: number): void {
    const many = this.found.length;
    if (many > 0) this.#at = (this.at + step + many) % many;
  }

  /** chosen is what goes in place of the "/" and the words behind it. */
  chosen(response: Found | undefined = this.found[this.at]): { from: number; to: number; text: string } | undefined {
    if (!response || !this.#slash) return undefined;
    return { from: this.#slash.from, to: this.#caret, text: response.text };
  }
}

/** filled is a response's text with what its placeholders stand for in an interaction. */
export function filled(desk: Desk, id: string, text: string): string {
  const interaction = desk.interaction(id);
  if (!interaction) return text;
  return fill(text, values(interaction, desk.session?.name ?? "", desk.org?.name ?? ""));
}
