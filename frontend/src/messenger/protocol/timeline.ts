import type { Entity } from "./frames";

/** An entity with a key that stays the same from the first keystroke sent to the echo, so that nothing flickers. */
export interface Entry extends Entity {
  key: string;
}

/**
 * Everything known of the conversation, oldest first, each message once. The server sends a message to every tab, again
 * in history, and again after a resend; channel.time is unique in a session and tells them apart.
 */
export class Timeline {
  #entries: Entry[] = [];
  readonly #seen = new Set<string>();

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  has(entity: Entity): boolean {
    return (
      (entity.timeText !== "" && this.#seen.has(`t${entity.timeText}`)) ||
      (entity.id !== "" && this.#seen.has(`i${entity.id}`))
    );
  }

  /** Adds in order of time; false when it is already known. */
  add(entity: Entity): boolean {
    if (this.has(entity)) return false;
    if (entity.timeText !== "") this.#seen.add(`t${entity.timeText}`);
    if (entity.id !== "") this.#seen.add(`i${entity.id}`);
    const entry: Entry = { ...entity, key: entity.clientId || entity.id || entity.timeText };
    // Equal times keep their order of arrival; no time at all means now.
    let at = this.#entries.length;
    if (entry.time === 0) entry.time = this.#entries.at(-1)?.time ?? 0;
    while (at > 0 && (this.#entries[at - 1]?.time ?? 0) > entry.time) at--;
    this.#entries = [...this.#entries.slice(0, at), entry, ...this.#entries.slice(at)];
    return true;
  }

  /** Replaces the address of an attachment whose link had expired. */
  refresh(attachmentId: string, url: string): void {
    this.#entries = this.#entries.map((entry) =>
      entry.attachments.some((a) => a.id === attachmentId)
        ? { ...entry, attachments: entry.attachments.map((a) => (a.id === attachmentId ? { ...a, url } : a)) }
        : entry,
    );
  }

  clear(): void {
    this.#entries = [];
    this.#seen.clear();
  }
}
