/**
 * What crosses the guest socket, read with care: everything here comes from a network, so each field is checked
 * before it is believed, and what cannot be read is null, never an exception.
 */

export interface Author {
  name: string;
  bot: boolean;
}

export interface Attachment {
  id: string;
  name: string;
  mime: string;
  /** Bytes; 0 when the server did not say. */
  size: number;
  /** Only http and https; "" when it was something else. */
  url: string;
  image: boolean;
}

/** A suggestion the contact may tap: a quick reply, or a card's postback button. */
export interface Reply {
  text: string;
  payload: string;
  kind: "QuickReply" | "Button";
}

/** A card reduced to words: title, description, and its links. */
export interface Card {
  title: string;
  description: string;
  links: { text: string; url: string }[];
}

export type EntityKind = "message" | "typing" | "disconnect" | "join" | "clear" | "other";

/** One StructuredMessage, from the socket or from history. */
export interface Entity {
  id: string;
  /** channel.time as sent: unique within a session, so it doubles as identity. */
  timeText: string;
  /** Milliseconds since 1970; 0 when the server sent no readable time. */
  time: number;
  /** True when the contact wrote it. */
  own: boolean;
  kind: EntityKind;
  text: string;
  author: Author | null;
  attachments: Attachment[];
  replies: Reply[];
  cards: Card[];
  /** The id the client gave the message, echoed back unchanged. */
  clientId: string;
  /** Of a disconnect: no further message is accepted. */
  readOnly: boolean;
  /** Of typing: how long it holds, in milliseconds. */
  typingMs: number;
}

export interface Frame {
  class: string;
  code: number;
  tracingId: string;
  body: unknown;
}

export interface SessionBody {
  connected: boolean;
  newSession: boolean;
  readOnly: boolean;
  /** Epoch milliseconds; 0 when the server does not say. */
  expiresAt: number;
  fileTypes: string[];
  maxFileBytes: number;
  blockedExtensions: string[];
  maxAttributeBytes: number;
}

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const text = (value: unknown): string => (typeof value === "string" ? value : "");
export const number = (value: unknown): number => {
  const n = typeof value === "string" ? Number(value) : value;
  return typeof n === "number" && Number.isFinite(n) ? n : 0;
};

/** The address when it is absolute http or https, else "". Nothing else may become a link or an image. */
export function safeUrl(value: unknown): string {
  try {
    const url = new URL(text(value));
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
  } catch {
    return "";
  }
}

/** Null for anything that is not a frame of the protocol. */
export function readFrame(raw: string): Frame | null {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return null;
  }
  const frame = fields(value);
  if (typeof frame["class"] !== "string" || typeof frame["code"] !== "number") return null;
  return { class: frame["class"], code: frame["code"], tracingId: text(frame["tracingId"]), body: frame["body"] };
}

export function readSession(body: unknown): SessionBody {
  const b = fields(body);
  const inbound = fields(fields(b["allowedMedia"])["inbound"]);
  return {
    connected: b["connected"] === true,
    newSession: b["newSession"] === true,
    readOnly: b["readOnly"] === true,
    expiresAt: number(b["expirationDate"]) * 1000,
    fileTypes: list(inbound["fileTypes"])
      .map((t) => text(fields(t)["type"]).toLowerCase())
      .filter((t) => t !== ""),
    maxFileBytes: number(inbound["maxFileSizeKB"]) * 1024,
    blockedExtensions: list(b["blockedExtensions"]).map((e) => text(e).toLowerCase()),
    maxAttributeBytes: number(b["maxCustomDataBytes"]) || 2048,
  };
}

/** Null when the body has neither an id nor a time to know it by. */
export function readEntity(body: unknown): Entity | null {
  const b = fields(body);
  const channel = fields(b["channel"]);
  const id = text(b["id"]);
  const timeText = text(channel["time"]);
  if (id === "" && timeText === "") return null;
  const metadata = fields(b["metadata"]);
  const own = b["direction"] !== "Outbound";
  const entity: Entity = {
    id,
    timeText,
    time: Date.parse(timeText) || 0,
    own,
    kind: "message",
    text: text(b["text"]),
    author: own ? null : readAuthor(channel["from"], b["originatingEntity"]),
    attachments: [],
    replies: [],
    cards: [],
    clientId: text(metadata["id"]),
    readOnly: metadata["readOnly"] === "true",
    typingMs: 0,
  };
  if (b["type"] === "Event") readEvent(list(b["events"]), entity);
  else for (const part of list(b["content"])) readContent(fields(part), entity);
  return entity;
}

function readAuthor(from: unknown, origin: unknown): Author {
  const f = fields(from);
  const name = text(f["nickname"]) || [text(f["firstName"]), text(f["lastName"])].filter((n) => n !== "").join(" ");
  return { name: name.trim(), bot: origin === "Bot" };
}

function readEvent(events: unknown[], into: Entity): void {
  into.kind = "other";
  for (const e of events) {
    const event = fields(e);
    if (event["eventType"] === "Typing") {
      const typing = fields(event["typing"]);
      into.kind = "typing";
      into.typingMs = number(typing["duration"]) || number(typing["durationMs"]) || 5000;
    } else if (event["eventType"] === "Presence") {
      const type = text(fields(event["presence"])["type"]);
      if (type === "Disconnect") into.kind = "disconnect";
      else if (type === "Join") into.kind = "join";
      else if (type === "Clear") into.kind = "clear";
    }
  }
}

function readContent(part: Fields, into: Entity): void {
  switch (part["contentType"]) {
    case "Attachment":
      into.attachments.push(readAttachment(part["attachment"]));
      break;
    case "QuickReply":
      pushReply(part["quickReply"], "QuickReply", into);
      break;
    case "QuickReplyV2": {
      const v2 = fields(part["quickReplyV2"]);
      if (into.text === "") into.text = text(v2["title"]);
      for (const action of list(v2["actions"])) pushReply(action, "QuickReply", into);
      break;
    }
    case "Card":
      readCard(part["card"], into);
      break;
    case "Carousel":
      for (const card of list(fields(part["carousel"])["cards"])) readCard(card, into);
      break;
    case "Text":
      if (into.text === "") into.text = text(fields(part["text"])["body"]);
      break;
    case "DatePicker":
      readDates(part["datePicker"], into);
      break;
    case "ListPicker":
      readChoices(part["listPicker"], into);
      break;
  }
}

function readAttachment(value: unknown): Attachment {
  const a = fields(value);
  const mime = text(a["mime"]).toLowerCase();
  return {
    id: text(a["id"]),
    name: text(a["filename"]),
    mime,
    size: number(a["fileSize"]),
    url: safeUrl(a["url"]),
    image: a["mediaType"] === "Image" || mime.startsWith("image/"),
  };
}

function pushReply(value: unknown, kind: Reply["kind"], into: Entity): void {
  const r = fields(value);
  const label = text(r["text"]);
  if (label !== "") into.replies.push({ text: label, payload: text(r["payload"]) || label, kind });
}

function readCard(value: unknown, into: Entity): void {
  const c = fields(value);
  const card: Card = { title: text(c["title"]), description: text(c["description"]), links: [] };
  for (const a of [c["defaultAction"], ...list(c["actions"])]) {
    const action = fields(a);
    const url = safeUrl(action["url"]);
    if (action["type"] === "Link" && url !== "") {
      if (!card.links.some((l) => l.url === url)) card.links.push({ text: text(action["text"]) || url, url });
    } else if (action["type"] === "Postback") pushReply(action, "Button", into);
  }
  if (card.title !== "" || card.description !== "" || card.links.length > 0) into.cards.push(card);
}

/** A date picker becomes its title and a line; choosing by tap is not built, so the contact answers in words. */
function readDates(value: unknown, into: Entity): void {
  const d = fields(value);
  const title = text(d["title"]);
  if (title !== "" || text(d["subtitle"]) !== "")
    into.cards.push({ title, description: text(d["subtitle"]), links: [] });
}

/** A list picker becomes one card per section, its items as lines of text. */
function readChoices(value: unknown, into: Entity): void {
  for (const s of list(fields(value)["sections"])) {
    const section = fields(s);
    const lines = list(section["items"]).map((i) => text(fields(i)["title"]));
    into.cards.push({
      title: text(section["title"]),
      description: lines.filter((l) => l !== "").join("\n"),
      links: [],
    });
  }
}

export interface HistoryPage {
  entities: Entity[];
  total: number;
}

/** Null when the answer is not a page of messages. Entities come newest first, as sent. */
export function readHistory(value: unknown): HistoryPage | null {
  const page = fields(value);
  if (!Array.isArray(page["entities"])) return null;
  return {
    entities: page["entities"].map(readEntity).filter((e) => e !== null),
    total: number(page["total"]),
  };
}

export interface UploadGrant {
  attachmentId: string;
  url: string;
  headers: Record<string, string>;
}

/** Null without an address to go to. Empty headers mark a download address. */
export function readGrant(body: unknown): UploadGrant | null {
  const b = fields(body);
  const url = safeUrl(b["url"]);
  if (url === "") return null;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields(b["headers"]))) headers[name] = text(value);
  return { attachmentId: text(b["attachmentId"]), url, headers };
}

export interface ServerError {
  code: number;
  attachmentId: string;
  /** Milliseconds; 0 when the server does not say. */
  retryAfter: number;
  words: string;
}

/** Any refusal: a plain string frame, an Error, a GenerateUrlError, an UploadFailureEvent or a 429. */
export function readError(frame: Frame): ServerError {
  const b = fields(frame.body);
  return {
    code: frame.code === 429 ? 429 : number(b["errorCode"]) || frame.code,
    attachmentId: text(b["attachmentId"]),
    retryAfter: number(b["retryAfter"]) * 1000,
    words: text(frame.body) || text(b["errorMessage"]) || text(b["message"]),
  };
}

export const readJwt = (body: unknown): { jwt: string; expiresAt: number } => ({
  jwt: text(fields(body)["jwt"]),
  expiresAt: number(fields(body)["exp"]) * 1000,
});

export const attachmentIdOf = (body: unknown): string => text(fields(body)["attachmentId"]);
export const reasonOf = (body: unknown): string => text(fields(body)["reason"]) || text(fields(body)["reasonCode"]);
