import { Reading } from "./reading.svelte";

/** Place is where the reader stands in one conversation while its tab is open. */
export class Place {
  reading: Reading;
  /** The topmost line in view. */
  index = 0;
  /** How far that line is scrolled out of view, in pixels. */
  offset = 0;

  constructor(unread: number) {
    this.reading = new Reading(unread);
  }

  remember(index: number, offset: number): void {
    this.index = index;
    this.offset = offset;
  }

  /** enter comes back to the conversation: whoever left it at its end reads on from what is unread. */
  enter(unread: number): void {
    if (this.reading.atEnd) this.reading = new Reading(unread);
  }
}
