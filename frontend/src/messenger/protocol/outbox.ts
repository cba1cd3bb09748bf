import type { Reply } from "./frames";

/** Why a message or file did not go; the catalogue has words for each. */
export type Failure =
  | "too-long"
  | "read-only"
  | "no-answer"
  | "refused"
  | "file-type"
  | "file-large"
  | "file-empty"
  | "file-name"
  | "file-gone"
  | "files-off"
  | "upload";

export type OutgoingState =
  | "queued" // waits for a connection or its turn
  | "sent" // on its way, no echo yet
  | "asking" // an upload address has been asked for
  | "uploading"
  | "uploaded" // the bytes are there, the server has not said so yet
  | "failed";

export interface OutgoingFile {
  name: string;
  type: string;
  size: number;
}

export interface Outgoing {
  /** The tracingId, the same in every attempt, and the client id inside the message. */
  id: string;
  at: number;
  text: string;
  reply: Reply | null;
  file: OutgoingFile | null;
  attachmentId: string;
  /** Part of the file that has left, 0 to 1. */
  fraction: number;
  state: OutgoingState;
  failure: Failure | null;
  /** Whether the same thing may be tried again. */
  retryable: boolean;
  attempts: number;
  /** When the running attempt began, ms; 0 when none runs. */
  since: number;
}

/** An echo that has not come by then is taken for lost with its connection. */
export const ACK_MS = 15_000;
/** Between two messages: the server takes five a second. */
export const SPACING_MS = 210;
/** From the last byte stored to sending the message without having been told so. */
export const SETTLE_MS = 3000;
export const MAX_ATTEMPTS = 4;
/** Per message, counted as UTF-8. */
export const MAX_TEXT_BYTES = 4096;

const PERMANENT = new Set<Failure>([
  "too-long",
  "read-only",
  "file-type",
  "file-large",
  "file-empty",
  "file-name",
  "files-off",
]);

const BY_CODE: Readonly<Record<number, Failure>> = {
  4000: "files-off",
  4001: "file-type",
  4002: "file-large",
  4003: "file-type",
  4004: "file-name",
  4005: "file-name",
  4008: "file-gone",
  4009: "file-gone",
  4010: "file-gone",
  4011: "too-long",
  4102: "file-empty",
  409: "read-only",
};

export const failureOf = (code: number): Failure => BY_CODE[code] ?? "refused";

export interface FileLimits {
  fileTypes: string[];
  maxFileBytes: number;
  blockedExtensions: string[];
}

/** Null when the server would take the file: asking first spares the contact a failed upload. */
export function checkFile(file: OutgoingFile, limits: FileLimits): Failure | null {
  const dot = file.name.lastIndexOf(".");
  if (limits.maxFileBytes === 0 || limits.fileTypes.length === 0) return "files-off";
  if (file.size === 0) return "file-empty";
  if (file.size > limits.maxFileBytes) return "file-large";
  if (dot <= 0 || dot === file.name.length - 1 || file.name.length >= 1024) return "file-name";
  if (limits.blockedExtensions.includes(file.name.slice(dot).toLowerCase())) return "file-type";
  const type = file.type.toLowerCase();
  const allowed = limits.fileTypes.some(
    (t) => t === "*/*" || t === type || (t.endsWith("/*") && type.startsWith(t.slice(0, -1))),
  );
  return allowed ? null : "file-type";
}

/** Messages and files on their way out, oldest first. Texts leave one at a time, so they arrive in order. */
export class Outbox {
  #items: Outgoing[] = [];

  get items(): readonly Outgoing[] {
    return this.#items;
  }

  find(id: string): Outgoing | undefined {
    return this.#items.find((item) => item.id === id);
  }

  byAttachment(attachmentId: string): Outgoing | undefined {
    return attachmentId === "" ? undefined : this.#items.find((item) => item.attachmentId === attachmentId);
  }

  addText(id: string, at: number, text: string, reply: Reply | null): Outgoing {
    const tooLong = new TextEncoder().encode(text).length > MAX_TEXT_BYTES;
    return this.#add({ id, at, text, reply, file: null, attachmentId: "" }, tooLong ? "too-long" : null);
  }

  addFile(id: string, at: number, file: OutgoingFile, failure: Failure | null): Outgoing {
    return this.#add({ id, at, text: "", reply: null, file, attachmentId: id }, failure);
  }

  #add(
    what: Pick<Outgoing, "id" | "at" | "text" | "reply" | "file" | "attachmentId">,
    failure: Failure | null,
  ): Outgoing {
    const item: Outgoing = {
      ...what,
      fraction: 0,
      state: failure === null ? "queued" : "failed",
      failure,
      retryable: false,
      attempts: 0,
      since: 0,
    };
    this.#items = [...this.#items, item];
    return item;
  }

  update(id: string, change: Partial<Outgoing>): void {
    this.#items = this.#items.map((item) => (item.id === id ? { ...item, ...change } : item));
  }

  /** A file that failed begins again with its upload. */
  fail(id: string, failure: Failure): void {
    this.update(id, { state: "failed", failure, retryable: !PERMANENT.has(failure), since: 0, fraction: 0 });
  }

  /** Queues what failed once more: the same message, but a file under a new attachment id, since those are used once. */
  retry(id: string, attachmentId: string): void {
    const item = this.find(id);
    if (item?.state !== "failed" || !item.retryable) return;
    const fresh = item.file === null ? {} : { attachmentId };
    this.update(id, { state: "queued", failure: null, attempts: 0, ...fresh });
  }

  /** Fails the files that were chosen before the limits were known and do not keep them. */
  recheck(limits: FileLimits): void {
    for (const item of this.#items) {
      const failure = item.state === "queued" && item.file !== null ? checkFile(item.file, limits) : null;
      if (failure !== null) this.fail(item.id, failure);
    }
  }

  /** Texts of an earlier page of this tab, under the ids they were first sent with. */
  restore(texts: readonly { id: string; at: number; text: string }[]): void {
    for (const { id, at, text } of texts) if (this.find(id) === undefined) this.addText(id, at, text, null);
  }

  /** Part of the bytes that have left, 0 to 1. Only the server's word makes it whole. */
  progress(id: string, fraction: number): void {
    if (this.find(id)?.state === "uploading") this.update(id, { fraction: Math.min(fraction, 0.99) });
  }

  /** The upload was answered with success; the event that allows the message is still to come. */
  stored(id: string, now: number): void {
    if (this.find(id)?.state === "uploading") this.update(id, { state: "uploaded", fraction: 1, since: now });
  }

  /** The server has the file: its message may go. It may say so before the upload itself is answered. */
  confirm(attachmentId: string): boolean {
    const item = this.byAttachment(attachmentId);
    if (item?.state !== "uploading" && item?.state !== "uploaded") return false;
    this.update(item.id, { state: "queued", fraction: 1, since: 0 });
    return true;
  }

  remove(id: string): void {
    this.#items = this.#items.filter((item) => item.id !== id);
  }

  clear(): void {
    this.#items = [];
  }

  /**
   * The connection is gone: what had no echo goes again with the same id. A file whose bytes have arrived goes as a
   * message; one whose upload still runs is left alone, since the upload does not use the socket.
   */
  requeue(): void {
    this.#items = this.#items.map((item) => {
      const waiting = item.state === "sent" || item.state === "asking" || item.state === "uploaded";
      return waiting ? { ...item, state: "queued", since: 0 } : item;
    });
  }

  /** The text to send next, or undefined while one is on its way; with repliesOnly, answers to suggestions alone. */
  nextText(repliesOnly: boolean): Outgoing | undefined {
    if (this.#items.some((item) => item.state === "sent" && item.file === null)) return undefined;
    const goes = (item: Outgoing): boolean => item.file === null && (item.reply !== null || !repliesOnly);
    return this.#items.find((item) => item.state === "queued" && goes(item));
  }

  /** The file whose upload may begin: one at a time, the link belongs to the contact. */
  nextFile(): Outgoing | undefined {
    if (this.#items.some((item) => item.state === "asking" || item.state === "uploading")) return undefined;
    return this.#items.find((item) => item.state === "queued" && item.file !== null && item.fraction < 1);
  }

  /** Files whose bytes are stored and whose message has not been sent in this connection. */
  readyFiles(): Outgoing[] {
    return this.#items.filter((item) => item.state === "queued" && item.file !== null && item.fraction >= 1);
  }

  /** When the oldest unanswered attempt is given up, ms; Infinity when none runs. */
  deadline(): number {
    const waiting = this.#items.filter((item) => item.state === "sent" || item.state === "asking");
    return Math.min(Infinity, ...waiting.map((item) => item.since + ACK_MS));
  }

  /** The bytes are stored, but UploadSuccessEvent never came: it is not repeated, so the message goes without it. */
  settleUploads(now: number): void {
    for (const item of this.#items)
      if (item.state === "uploaded" && now >= item.since + SETTLE_MS)
        this.update(item.id, { state: "queued", since: 0 });
  }

  /** When settleUploads next has something to do, ms; Infinity when nothing waits. */
  settlesAt(): number {
    const waiting = this.#items.filter((item) => item.state === "uploaded");
    return Math.min(Infinity, ...waiting.map((item) => item.since + SETTLE_MS));
  }
}
