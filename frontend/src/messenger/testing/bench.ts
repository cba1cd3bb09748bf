import type { Effect, Input } from "../protocol/contract";
import { Session } from "../protocol/session";

type Fields = Record<string, unknown>;
export const TOKEN = "9b1e0000-0000-4000-8000-000000000001";
/** Epoch seconds far beyond the bench clock: history tokens never run out. */
export const LATER = 4_000_000_000;
const LIMITS = {
  connected: true,
  readOnly: false,
  maxCustomDataBytes: 2048,
  expirationDate: 1_791_139_139,
  allowedMedia: { inbound: { fileTypes: [{ type: "image/*" }, { type: "application/pdf" }], maxFileSizeKB: 100 } },
  blockedExtensions: [".exe"],
};

/** A session with a clock that only tests move, and the server's side written by hand. */
export class Bench {
  now = 1_000_000;
  #ids = 0;
  readonly session: Session;
  sent: Fields[] = [];
  effects: Effect[] = [];

  constructor(features: { autoStart?: boolean; sendTyping?: boolean } = {}) {
    const all = { autoStart: false, sendTyping: true, ...features };
    this.session = new Session("dep", TOKEN, all, { random: () => 0.5, uuid: () => `id-${++this.#ids}` });
  }

  do(input: Input): this {
    this.effects = this.session.handle(input, this.now);
    this.sent = this.effects.flatMap((e) => (e.do === "send" ? [e.frame] : []));
    return this;
  }

  /** Lets time pass, with a tick at every moment the session has asked for. */
  pass(ms: number): this {
    const end = this.now + ms;
    const sent: Fields[] = [];
    const effects: Effect[] = [];
    for (let ticks = 0; this.session.wakeAt() <= end; ticks++) {
      if (ticks > 1000) throw new Error("the session asks for ticks without end");
      this.now = Math.max(this.now, this.session.wakeAt());
      this.do({ on: "tick" });
      sent.push(...this.sent);
      effects.push(...this.effects);
    }
    this.now = end;
    [this.sent, this.effects] = [sent, effects];
    return this;
  }

  frame(cls: string, body: unknown, over: Fields = {}): this {
    return this.do({ on: "frame", raw: JSON.stringify({ type: "message", class: cls, code: 200, body, ...over }) });
  }

  configured(over: Fields = {}): this {
    return this.frame("SessionResponse", { ...LIMITS, ...over });
  }

  ready(newSession = true): this {
    this.do({ on: "connect" }).do({ on: "open" });
    return this.configured({ newSession });
  }

  /** A session that is resumed with this history. */
  resumed(entities: Fields[] = []): this {
    this.ready(false).frame("JwtResponse", { jwt: "jwt", exp: LATER });
    return this.page(entities);
  }

  page(entities: Fields[], total = entities.length): this {
    const read = entities.map((e) => ({ ...entityDefaults, id: String(e["id"]), timeText: String(e["time"]), ...e }));
    return this.do({ on: "history", page: { entities: read as never, total } });
  }

  say(text: string, time: string, over: Fields = {}): this {
    const channel = { time, from: { nickname: "Sofia" } };
    return this.frame("StructuredMessage", {
      id: `m${time}`,
      type: "Text",
      direction: "Outbound",
      text,
      channel,
      ...over,
    });
  }

  echo(tracingId: string, text: string, time: string): this {
    const body = { id: `e${time}`, type: "Text", direction: "Inbound", text, channel: { time } };
    return this.frame("StructuredMessage", body, { tracingId });
  }

  refuse(code: number, tracingId: string, body: unknown = "no", cls = "string"): this {
    return this.frame(cls, body, { code, tracingId, type: "response" });
  }

  get texts(): string[] {
    return this.session.view.entries.map((e) => e.text);
  }
  get states(): string[] {
    return this.session.view.outgoing.map((o) => `${o.text || (o.file?.name ?? "")}:${o.state}`);
  }
  get events(): string[] {
    return this.effects.flatMap((e) => (e.do === "emit" ? [e.event.replace("MessagingService.", "")] : []));
  }
  get did(): string[] {
    return this.effects.filter((e) => e.do !== "emit" && e.do !== "send").map((e) => e.do);
  }
}

const entityDefaults = {
  own: false,
  kind: "message",
  text: "",
  author: null,
  attachments: [],
  replies: [],
  cards: [],
  clientId: "",
  readOnly: false,
  typingMs: 0,
};
export const at = (second: number): string => new Date(Date.UTC(2026, 10, 22, 9, 0, second)).toISOString();
export const old = (id: number, over: Fields = {}): Fields => ({
  id: `h${id}`,
  time: Date.parse(at(id)),
  timeText: at(id),
  text: `h${id}`,
  ...over,
});
export const actions = (frames: Fields[]): unknown[] => frames.map((f) => f["action"]);
