import { Attributes } from "./attributes";
import type { Effect, Env, Features, Input, Phase, View } from "./contract";
import * as read from "./frames";
import { History, type HistoryPurpose } from "./history";
import { checkFile, failureOf, MAX_ATTEMPTS, Outbox, SPACING_MS, type Failure, type Outgoing } from "./outbox";
import { Pulse } from "./pulse";
import * as request from "./requests";
import { Timeline } from "./timeline";
import { Typing } from "./typing";

const CONNECT_MS = 20_000;
const CLEAR_MS = 10_000;
/** History that does not come holds back what waits to be sent no longer than this. */
const SYNC_MS = 8000;
const MAX_BACKOFF_MS = 30_000;
const HEALTH_ID = "SGVhbHRoQ2hlY2tNZXNzYWdlSWQ=";

/**
 * The guest side of the protocol: inputs go in, effects come out. No clock, no socket, no storage: equal inputs give
 * equal effects, so every race can be written down as a test. After each input call wakeAt and send "tick" then.
 */
export class Session {
  readonly #timeline = new Timeline();
  readonly #outbox = new Outbox();
  readonly #history = new History();
  readonly #pulse = new Pulse();
  readonly #attributes = new Attributes();
  readonly #typing = new Typing();
  #effects: Effect[] = [];
  #phase: Phase = "idle";
  #limits: read.SessionBody = read.readSession({});
  #readOnly = false;
  #restarting = false;
  #clearingSince = 0;
  #clearFailed = false;
  #live = false;
  #synced = false;
  #wantsJoin = false;
  #everReady = false;
  #attempt = 0;
  #tokenRenewals = 0;
  #phaseSince = 0;
  #retryAt = 0;
  #holdUntil = 0;
  #lastSentAt = 0;
  #jwt = { jwt: "", expiresAt: 0 };
  readonly #refreshing = new Set<string>();

  constructor(
    private readonly deploymentId: string,
    public token: string,
    private readonly features: Features,
    private readonly env: Env,
  ) {}

  get view(): View {
    const newest = this.#timeline.entries.at(-1);
    return {
      phase: this.#phase,
      lost: this.#attempt > 0 && this.#phase !== "ready",
      readOnly: this.#readOnly && newest !== undefined,
      clearing: this.#clearingSince > 0,
      clearFailed: this.#clearFailed,
      restarting: this.#restarting,
      live: this.#live,
      expiresAt: this.#limits.expiresAt,
      entries: this.#timeline.entries,
      outgoing: this.#outbox.items,
      typing: this.#typing.name,
      hasOlder: this.#history.hasOlder(this.#timeline),
      loadingOlder: this.#history.running === "older",
      olderFailed: this.#history.failed,
      synced: this.#synced,
      filesAllowed: this.#limits.maxFileBytes > 0 && this.#limits.fileTypes.length > 0,
      fileTypes: this.#limits.fileTypes,
    };
  }

  /** When to send the next "tick", ms; Infinity when nothing is due. */
  wakeAt(): number {
    const due = [this.#typing.dueAt()];
    if (this.#phase === "waiting") due.push(this.#retryAt);
    if (this.#phase === "connecting" || this.#phase === "configuring") due.push(this.#phaseSince + CONNECT_MS);
    if (this.#phase === "ready") {
      due.push(this.#outbox.deadline(), this.#outbox.settlesAt());
      if (!this.#synced) due.push(this.#phaseSince + SYNC_MS);
      if (this.#holdUntil > 0) due.push(this.#holdUntil);
      else if (this.#maySend(this.#holdUntil) && this.#outbox.nextText(this.#readOnly) !== undefined)
        due.push(this.#lastSentAt + SPACING_MS);
      if (this.#history.retryAt > 0) due.push(this.#history.retryAt);
      if (this.#clearingSince > 0) due.push(this.#clearingSince + CLEAR_MS);
      due.push(this.#pulse.dueAt());
    }
    return Math.min(...due);
  }

  handle(input: Input, now: number): Effect[] {
    this.#effects = [];
    this.#take(input, now);
    this.#flush(now);
    return this.#effects;
  }

  #take(input: Input, now: number): void {
    switch (input.on) {
      case "connect":
        if (["idle", "displaced", "refused"].includes(this.#phase)) this.#connect(now);
        return;
      case "open":
        if (this.#phase === "connecting") this.#configure(now, false);
        return;
      case "frame":
        return this.#frame(input.raw, now);
      case "closed":
        if (!["idle", "displaced", "refused", "expired"].includes(this.#phase)) this.#lost(now);
        return;
      case "tick":
        return this.#tick(now);
      case "online":
        if (this.#phase === "waiting") this.#connect(now);
        return;
      case "visible":
        this.#pulse.visible = input.visible;
        if (input.visible && this.#phase === "displaced") this.#connect(now);
        return;
      case "send":
        if (input.text.trim() !== "") this.#outbox.addText(this.env.uuid(), now, input.text, input.reply ?? null);
        return;
      case "restore":
        return this.#outbox.restore(input.texts);
      case "attach":
        this.#outbox.addFile(input.id, now, input.file, this.#everReady ? checkFile(input.file, this.#limits) : null);
        return;
      case "retry":
        return this.#outbox.retry(input.id, this.env.uuid());
      case "discard":
        if (this.#outbox.find(input.id)?.state === "uploading") this.#effects.push({ do: "abort", id: input.id });
        this.#outbox.remove(input.id);
        return;
      case "typed":
        if (!this.#live || this.#readOnly || !this.features.sendTyping) return;
        if (this.#maySend(now) && this.#typing.mayTell(now)) this.#send(request.typing(this.token, this.env.uuid()));
        return;
      case "attributes":
        return this.#attributes.set(input.attributes);
      case "join":
        this.#wantsJoin = true;
        return;
      case "clear":
        if (this.#phase !== "ready" || this.#clearingSince > 0) return;
        this.#clearingSince = now;
        this.#clearFailed = false;
        return this.#send(request.clear(this.token, this.env.uuid()));
      case "start-new":
        return this.#startNew();
      case "token":
        return this.#adopt(input.token, input.keepOutbox, now);
      case "older":
        if (this.#phase === "ready" && this.#history.hasOlder(this.#timeline)) this.#readHistory("older", now);
        return;
      case "refresh":
        if (this.#phase !== "ready" || this.#refreshing.has(input.attachmentId)) return;
        this.#refreshing.add(input.attachmentId);
        return this.#send(request.download(this.token, this.env.uuid(), input.attachmentId));
      case "upload-progress":
        return this.#outbox.progress(input.id, input.fraction);
      case "uploaded":
        return this.#outbox.stored(input.id, now);
      case "upload-failed":
        if (this.#outbox.find(input.id)?.state === "uploading") this.#fail(input.id, "upload");
        return;
      case "history":
        return this.#tookHistory(input.page, now);
      case "history-failed":
        if (input.status === 401) this.#jwt = { jwt: "", expiresAt: 0 };
        this.#history.fail(input.status, now);
        this.#synced = true;
        return;
    }
  }

  // Connection

  #enter(phase: Phase, now: number): void {
    this.#phase = phase;
    this.#phaseSince = now;
  }

  #connect(now: number): void {
    this.#enter("connecting", now);
    this.#effects.push({ do: "connect" });
  }

  #configure(now: number, startNew: boolean): void {
    this.#enter("configuring", now);
    this.#pulse.heard(now);
    this.#send(request.configure(this.deploymentId, this.token, this.env.uuid(), startNew));
  }

  #lost(now: number, atLeastMs = 0): void {
    if (this.#phase === "ready") this.#emit("MessagingService.reconnecting", {});
    this.#detach();
    const ceiling = Math.min(MAX_BACKOFF_MS, 1000 * 2 ** this.#attempt);
    this.#retryAt = now + Math.max(atLeastMs, Math.round(ceiling * (0.5 + this.env.random() / 2)));
    this.#attempt++;
    this.#enter("waiting", now);
    this.#effects.push({ do: "disconnect" });
    if (this.#attempt === 4) this.#emit("MessagingService.offline", {});
  }

  /** Forgets what belonged to the connection that is gone. */
  #detach(): void {
    this.#outbox.requeue();
    this.#history.stop();
    this.#typing.stop();
    this.#holdUntil = 0;
    this.#clearingSince = 0;
    this.#synced = false;
    this.#refreshing.clear();
  }

  #leave(phase: Phase, now: number): void {
    this.#detach();
    this.#enter(phase, now);
    this.#effects.push({ do: "disconnect" });
  }

  #configured(body: read.SessionBody, now: number): void {
    if (!body.connected) {
      // The answer to closeSession: the same socket goes on with a new session.
      if (this.#restarting) this.#configure(now, true);
      return;
    }
    const resumed = this.#everReady;
    this.#enter("ready", now);
    this.#limits = body;
    this.#attempt = 0;
    this.#tokenRenewals = 0;
    this.#everReady = true;
    this.#readOnly = body.readOnly;
    this.#outbox.recheck(body);
    if (body.readOnly && this.#restarting) return this.#send(request.close(this.token, this.env.uuid()));
    this.#restarting = false;
    if (body.newSession) {
      this.#live = false;
      this.#synced = true;
      this.#attributes.forget();
      this.#wantsJoin ||= this.features.autoStart;
      this.#emit("MessagingService.started", { newSession: true });
    } else {
      this.#live = true;
      this.#readHistory("sync", now);
      this.#emit(resumed ? "MessagingService.reconnected" : "MessagingService.started", { newSession: false });
    }
  }

  #adopt(token: string, keepOutbox: boolean, now: number): void {
    this.token = token;
    this.#timeline.clear();
    this.#history.reset();
    if (!keepOutbox) this.#outbox.clear();
    this.#detach();
    this.#jwt = { jwt: "", expiresAt: 0 };
    this.#live = this.#readOnly = this.#restarting = this.#everReady = false;
    this.#attributes.forget();
    this.#effects.push({ do: "disconnect" });
    this.#connect(now);
  }

  #startNew(): void {
    if (this.#phase === "expired") this.#effects.push({ do: "renew-token", keepOutbox: true });
    else if (!this.#restarting) {
      // Without a connection the next one goes on from here.
      this.#restarting = true;
      if (this.#phase === "ready") this.#send(request.close(this.token, this.env.uuid()));
    }
  }

  #tick(now: number): void {
    if (this.#typing.lapse(now)) this.#emit("MessagingService.typingTimeout", {});
    if (this.#phase === "waiting" && now >= this.#retryAt) return this.#connect(now);
    if ((this.#phase === "connecting" || this.#phase === "configuring") && now >= this.#phaseSince + CONNECT_MS)
      return this.#lost(now);
    if (this.#phase !== "ready") return;
    if (this.#holdUntil > 0 && now >= this.#holdUntil) this.#holdUntil = 0;
    if (this.#clearingSince > 0 && now >= this.#clearingSince + CLEAR_MS) this.#notCleared();
    this.#synced ||= now >= this.#phaseSince + SYNC_MS;
    this.#outbox.settleUploads(now);
    if (this.#pulse.dead(now) || now >= this.#outbox.deadline()) return this.#lost(now);
    if (this.#history.retryAt > 0 && now >= this.#history.retryAt) this.#askHistory(now);
    if (this.#pulse.mustAsk(now)) {
      this.#pulse.asked(now);
      this.#send(request.echo(this.token, HEALTH_ID));
    }
  }

  // Frames

  #frame(raw: string, now: number): void {
    const frame = read.readFrame(raw);
    if (frame === null || (this.#phase !== "configuring" && this.#phase !== "ready")) return;
    this.#pulse.heard(now);
    if (frame.code !== 200 || frame.class === "GenerateUrlError" || frame.class === "UploadFailureEvent")
      return this.#refusal(frame, now);
    switch (frame.class) {
      case "SessionResponse":
        return this.#configured(read.readSession(frame.body), now);
      case "StructuredMessage":
        return this.#structured(frame, now);
      case "JwtResponse":
        this.#jwt = read.readJwt(frame.body);
        if (this.#history.running !== null) this.#askHistory(now);
        return;
      case "PresignedUrlResponse":
        return this.#granted(frame, now);
      case "UploadSuccessEvent": {
        const attachmentId = read.attachmentIdOf(frame.body);
        if (this.#outbox.confirm(attachmentId)) this.#emit("MessagingService.fileUploaded", { attachmentId });
        return;
      }
      case "SessionExpiredEvent":
        return this.#expired(now);
      case "SessionClearedEvent":
        this.#leave("idle", now);
        this.#emit("MessagingService.conversationCleared", {});
        this.#effects.push({ do: "renew-token", keepOutbox: false });
        return;
      case "ConnectionClosedEvent":
      case "LogoutEvent":
        if (this.#restarting) return this.#lost(now);
        this.#leave("displaced", now);
        return this.#emit("MessagingService.disconnected", { reason: read.reasonOf(frame.body) });
    }
  }

  #structured(frame: read.Frame, now: number): void {
    if (frame.tracingId === HEALTH_ID) return;
    const entity = read.readEntity(frame.body);
    if (entity === null) return;
    if (entity.kind === "typing") {
      if (!entity.own) {
        this.#typing.begin(entity.author?.name ?? "", now, entity.typingMs);
        this.#emit("MessagingService.typingReceived", { typing: { type: "On", duration: entity.typingMs } });
      }
      return;
    }
    if (entity.own) this.#acknowledge(frame.tracingId || entity.clientId, entity);
    if (entity.kind === "clear" || !this.#timeline.add(entity)) return;
    this.#live = true;
    if (!entity.own) this.#typing.stop();
    if (entity.kind === "message")
      this.#emit(`MessagingService.${entity.own ? "messagesSent" : "messagesReceived"}`, { messages: [frame.body] });
    if (entity.kind === "disconnect") {
      this.#readOnly = entity.readOnly;
      const event = entity.readOnly ? "readOnlyConversation" : "conversationDisconnected";
      this.#emit(`MessagingService.${event}`, { message: frame.body });
    }
  }

  /** The echo is the one acknowledgement there is. */
  #acknowledge(id: string, entity: read.Entity): void {
    const item = this.#outbox.find(id);
    if (item === undefined) return;
    entity.clientId = item.id;
    this.#attributes.echoed(item.id);
    this.#outbox.remove(item.id);
  }

  #granted(frame: read.Frame, now: number): void {
    const grant = read.readGrant(frame.body);
    if (grant === null) return;
    if (Object.keys(grant.headers).length === 0) {
      this.#timeline.refresh(grant.attachmentId, grant.url);
      return;
    }
    const item = this.#outbox.find(frame.tracingId) ?? this.#outbox.byAttachment(grant.attachmentId);
    if (item?.state !== "asking") return;
    const attachmentId = grant.attachmentId || item.attachmentId;
    this.#outbox.update(item.id, { state: "uploading", attachmentId, fraction: 0, since: now });
    this.#effects.push({ do: "upload", id: item.id, url: grant.url, headers: grant.headers });
  }

  #refusal(frame: read.Frame, now: number): void {
    const error = read.readError(frame);
    const item = this.#outbox.find(frame.tracingId) ?? this.#outbox.byAttachment(error.attachmentId);
    if (error.code === 429) {
      const wait = Math.max(1000, error.retryAfter);
      if (this.#phase === "configuring") return this.#lost(now, wait);
      this.#holdUntil = Math.max(this.#holdUntil, now + wait);
      if (item !== undefined) this.#outbox.update(item.id, { state: "queued", since: 0, attempts: item.attempts - 1 });
      else if (this.#history.running !== null) this.#history.fail(429, now);
      return;
    }
    if (error.code === 4006) return this.#expired(now);
    if (this.#phase === "configuring") return this.#notConfigured(error.code, now);
    if (this.#clearingSince > 0 && error.words.toLowerCase().includes("conversation clear")) return this.#notCleared();
    if (error.code === 4007) {
      this.#outbox.requeue();
      return this.#configure(now, false);
    }
    if (error.code === 409) this.#readOnly = true;
    if (item === undefined) return;
    this.#fail(item.id, failureOf(error.code));
    this.#emit("MessagingService.error", { code: error.code });
  }

  #notConfigured(code: number, now: number): void {
    if (code >= 5000 || code === 408 || (code >= 500 && code < 600)) return this.#lost(now);
    if ((code === 401 || code === 4007 || code === 4017) && this.#tokenRenewals === 0) {
      this.#tokenRenewals++;
      this.#effects.push({ do: "renew-token", keepOutbox: true });
      return;
    }
    this.#leave("refused", now);
    this.#emit("MessagingService.error", { code });
  }

  #expired(now: number): void {
    this.#leave("expired", now);
    this.#live = false;
    this.#emit("MessagingService.sessionExpired", {});
  }

  #notCleared(): void {
    this.#clearingSince = 0;
    this.#clearFailed = true;
  }

  // History

  #readHistory(purpose: HistoryPurpose, now: number): void {
    if (this.#history.begin(purpose, this.#timeline)) this.#askHistory(now);
  }

  #askHistory(now: number): void {
    this.#history.retryAt = 0;
    if (this.#jwt.expiresAt > now + 5000)
      this.#effects.push({ do: "history", page: this.#history.page, jwt: this.#jwt.jwt });
    else this.#send(request.jwt(this.token, this.env.uuid()));
  }

  #tookHistory(page: read.HistoryPage, now: number): void {
    const purpose = this.#history.running;
    if (purpose === null) return;
    // A message whose echo was lost shows here, under the id it was given.
    for (const entity of page.entities) if (entity.own) this.#acknowledge(entity.clientId, entity);
    if (this.#history.take(page, this.#timeline)) return this.#askHistory(now);
    const messages = page.entities.map((e) => ({ id: e.id, text: e.text, time: e.timeText }));
    if (purpose === "older") {
      this.#emit("MessagingService.oldMessages", { messages });
      if (!this.#history.hasOlder(this.#timeline)) this.#emit("MessagingService.historyComplete", {});
    } else if (!this.#synced) {
      this.#synced = true;
      this.#emit("MessagingService.restored", { messages });
    }
  }

  // Sending

  /** Nothing goes before history has shown which messages arrived after all, nor while the server asks to wait. */
  #maySend(now: number): boolean {
    return this.#phase === "ready" && this.#synced && !this.#restarting && now >= this.#holdUntil;
  }

  /** Whatever may leave now. A conversation that has ended takes answers to what it still asks, and nothing else. */
  #flush(now: number): void {
    if (!this.#maySend(now)) return;
    const [ended, outbox] = [this.#readOnly, this.#outbox];
    if (this.#wantsJoin && !this.#live) this.#send(request.join(this.token, this.env.uuid(), this.#attributes.values));
    this.#wantsJoin = false;
    for (const item of ended ? [] : outbox.readyFiles()) this.#dispatch(item, now);
    const file = ended ? undefined : outbox.nextFile();
    if (file?.file) {
      outbox.update(file.id, { state: "asking", since: now });
      this.#send(request.attach(this.token, file.id, file.attachmentId, file.file));
    }
    const text = outbox.nextText(ended);
    if (text !== undefined && now >= this.#lastSentAt + SPACING_MS) this.#dispatch(text, now);
  }

  #dispatch(item: Outgoing, now: number): void {
    if (item.attempts >= MAX_ATTEMPTS) return this.#outbox.fail(item.id, "no-answer");
    this.#outbox.update(item.id, { state: "sent", since: now, attempts: item.attempts + 1 });
    this.#lastSentAt = now;
    this.#send(request.message(this.token, item, this.#attributes.carriedBy(item.id)));
  }

  #fail(id: string, failure: Failure): void {
    if (this.#outbox.find(id)?.file) this.#emit("MessagingService.fileUploadError", { reason: failure });
    this.#outbox.fail(id, failure);
  }

  #send(frame: Record<string, unknown>): void {
    this.#effects.push({ do: "send", frame });
  }

  #emit(event: string, data: unknown): void {
    this.#effects.push({ do: "emit", event, data });
  }
}
