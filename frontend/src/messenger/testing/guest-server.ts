import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { WebSocketServer, type WebSocket } from "ws";

type Fields = Record<string, unknown>;

interface Guest {
  token: string;
  entities: Fields[];
  sockets: Set<WebSocket>;
  readOnly: boolean;
  uploads: Map<string, { name: string; type: string; size: number; bytes: Buffer | null }>;
}

export interface GuestServerOptions {
  /** Directory with messenger.js and shop/, served as a hub would. */
  dist?: string;
  /** Pages of the test's own, by path. */
  pages?: Record<string, string>;
  config?: Fields;
  deploymentId?: string;
}

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** The policy a hub sends with the shop's pages; backend/hub/web holds it too. */
const SHOP_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; " +
  "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * A guest server in memory, for tests and for work on the messenger without a hub. It speaks the part of the protocol
 * the messenger uses; a test drives the agent's side and the failures through its methods.
 */
export class GuestServer {
  readonly deploymentId: string;
  readonly guests = new Map<string, Guest>();
  /** Every request frame received, oldest first. */
  readonly received: Fields[] = [];
  /** Set to hold PUT requests until the returned promise resolves. */
  uploadGate: (() => Promise<void>) | null = null;
  /** Set to answer or swallow a frame instead of the server; true means handled. */
  intercept: ((frame: Fields, reply: (frame: Fields) => void, socket: WebSocket) => boolean) | null = null;
  /** False refuses new sockets, as an unreachable hub would. */
  accepting = true;
  readonly #http: Server;
  readonly #ws = new WebSocketServer({ noServer: true });
  readonly #jwts = new Map<string, string>();
  readonly #arrivals = new EventEmitter();
  #clock = Date.now();

  private constructor(private readonly options: GuestServerOptions) {
    this.deploymentId = options.deploymentId ?? randomUUID();
    this.#http = createServer((req, res) => {
      this.#serve(req, res).catch(() => res.writeHead(500).end());
    });
    this.#http.on("upgrade", (req, socket, head) => {
      if (!this.accepting || !req.url?.startsWith("/v1")) return socket.destroy();
      this.#ws.handleUpgrade(req, socket, head, (ws) => this.#greet(ws));
    });
  }

  static async start(options: GuestServerOptions = {}): Promise<GuestServer> {
    const server = new GuestServer(options);
    await new Promise<void>((done) => server.#http.listen(0, "127.0.0.1", done));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.drop();
    this.#ws.close();
    this.#http.closeAllConnections();
    await new Promise<void>((done) => this.#http.close(() => done()));
  }

  /** Cuts every socket without a word. */
  drop(): void {
    for (const guest of this.guests.values()) for (const socket of guest.sockets) socket.terminate();
  }

  /** The one guest there is; tests have one browser. */
  get guest(): Guest {
    const [guest] = [...this.guests.values()].slice(-1);
    if (guest === undefined) throw new Error("no guest has connected");
    return guest;
  }

  /** Waits for a request with this action whose JSON contains the words. */
  async seen(action: string, words = ""): Promise<Fields> {
    for (;;) {
      const hit = this.received.find((f) => f["action"] === action && JSON.stringify(f).includes(words));
      if (hit !== undefined) return hit;
      await once(this.#arrivals, "frame", { signal: AbortSignal.timeout(10_000) });
    }
  }

  /** An agent's words, or any other body fields laid over them. */
  say(text: string, over: Fields = {}, guest = this.guest): void {
    this.#push(guest, {
      ...this.#body("Outbound"),
      type: "Text",
      text,
      originatingEntity: "Human",
      ...over,
    });
  }

  type(duration = 5000, name = "Sofia", guest = this.guest): void {
    const body = this.#body("Outbound", name);
    this.#send(guest, {
      type: "message",
      class: "StructuredMessage",
      code: 200,
      body: { ...body, type: "Event", events: [{ eventType: "Typing", typing: { type: "On", duration } }] },
    });
  }

  disconnect(readOnly: boolean, guest = this.guest): void {
    guest.readOnly = readOnly;
    this.#push(guest, {
      ...this.#body("Outbound"),
      type: "Event",
      originatingEntity: "Human",
      events: [{ eventType: "Presence", presence: { type: "Disconnect" } }],
      metadata: { readOnly: String(readOnly) },
    });
  }

  expire(guest = this.guest): void {
    this.guests.delete(guest.token);
    this.#send(guest, { type: "message", class: "SessionExpiredEvent", code: 200, body: {} });
  }

  /** Makes the guest's conversation exist before the browser comes. */
  seed(token: string, texts: { text: string; own: boolean; at?: Date }[]): Guest {
    const guest = this.#guest(token);
    for (const { text, own, at } of texts) {
      if (at !== undefined) this.#clock = at.getTime();
      guest.entities.push({ ...this.#body(own ? "Inbound" : "Outbound"), type: "Text", text });
    }
    this.#clock = Math.max(this.#clock, Date.now());
    return guest;
  }

  #guest(token: string): Guest {
    let guest = this.guests.get(token);
    if (guest === undefined) {
      guest = { token, entities: [], sockets: new Set(), readOnly: false, uploads: new Map() };
      this.guests.set(token, guest);
    }
    return guest;
  }

  #body(direction: "Inbound" | "Outbound", name = "Sofia"): Fields {
    const time = new Date(this.#clock++).toISOString();
    const from = direction === "Outbound" ? { from: { nickname: name }, to: {} } : {};
    return {
      id: randomUUID().replaceAll("-", ""),
      direction,
      channel: { time, type: "Private", ...from },
      metadata: {},
    };
  }

  #push(guest: Guest, body: Fields, tracingId?: string): void {
    guest.entities.push(body);
    this.#send(guest, {
      type: "message",
      class: "StructuredMessage",
      code: 200,
      body,
      ...(tracingId && { tracingId }),
    });
  }

  #send(guest: Guest, frame: Fields): void {
    for (const socket of guest.sockets) socket.send(JSON.stringify(frame));
  }

  #greet(socket: WebSocket): void {
    socket.on("close", () => {
      for (const guest of this.guests.values()) guest.sockets.delete(socket);
    });
    socket.on("message", (data) => {
      const frame = JSON.parse(data.toString()) as Fields;
      this.received.push(frame);
      this.#arrivals.emit("frame");
      const reply = (answer: Fields): void =>
        socket.send(JSON.stringify({ type: "response", code: 200, tracingId: frame["tracingId"], ...answer }));
      if (this.intercept?.(frame, reply, socket)) return;
      this.#answer(frame, reply, socket);
    });
  }

  #answer(frame: Fields, reply: (frame: Fields) => void, socket: WebSocket): void {
    const token = String(frame["token"]);
    switch (frame["action"]) {
      case "configureSession":
        return this.#configure(token, frame["startNew"] === true, reply, socket);
      case "closeSession": {
        for (const other of this.#guest(token).sockets)
          if (other !== socket)
            other.send(JSON.stringify({ type: "message", class: "ConnectionClosedEvent", code: 200, body: {} }));
        return reply({ class: "SessionResponse", body: { connected: false, readOnly: true } });
      }
      case "onMessage":
        return this.#message(frame, reply);
      case "getJwt": {
        const jwt = randomUUID();
        this.#jwts.set(jwt, token);
        return reply({ class: "JwtResponse", body: { jwt, exp: Math.floor(Date.now() / 1000) + 600 } });
      }
      case "onAttachment": {
        const id = String(frame["attachmentId"] ?? randomUUID());
        const { fileName, fileType, fileSize } = frame;
        this.#guest(token).uploads.set(id, {
          name: String(fileName),
          type: String(fileType),
          size: Number(fileSize),
          bytes: null,
        });
        const url = `${this.url}/uploads/${token}/${id}`;
        return reply({
          class: "PresignedUrlResponse",
          body: { attachmentId: id, url, headers: { "x-amz-tagging": "a=b" } },
        });
      }
      case "getAttachment": {
        const id = String(frame["attachmentId"]);
        const url = `${this.url}/uploads/${token}/${id}?fresh`;
        return reply({ class: "PresignedUrlResponse", body: { attachmentId: id, url, headers: {}, fileSize: 1 } });
      }
      case "echo":
        return reply({ class: "StructuredMessage", body: { ...this.#body("Inbound"), type: "Text", text: "ping" } });
    }
  }

  #configure(token: string, startNew: boolean, reply: (f: Fields) => void, socket: WebSocket): void {
    const known = this.guests.get(token);
    const guest = this.#guest(token);
    guest.sockets.add(socket);
    const newSession = known === undefined || guest.entities.length === 0 || startNew;
    if (startNew) guest.readOnly = false;
    reply({
      class: "SessionResponse",
      body: {
        connected: true,
        newSession,
        readOnly: guest.readOnly,
        maxCustomDataBytes: 2048,
        expirationDate: Math.floor(Date.now() / 1000) + 259_200,
        allowedMedia: { inbound: { fileTypes: [{ type: "*/*" }], maxFileSizeKB: 10_240 } },
        blockedExtensions: [".exe", ".js"],
      },
    });
  }

  #message(frame: Fields, reply: (f: Fields) => void): void {
    const guest = this.#guest(String(frame["token"]));
    const message = frame["message"] as Fields;
    const [event] = (message["events"] as Fields[] | undefined) ?? [];
    if (event?.["eventType"] === "Typing") return;
    if ((event?.["presence"] as Fields | undefined)?.["type"] === "Clear") {
      const body = { ...this.#body("Inbound"), type: "Event", events: [event] };
      this.#send(guest, { type: "message", class: "StructuredMessage", code: 200, body });
      this.#send(guest, { type: "message", class: "SessionClearedEvent", code: 200, body: {} });
      this.#send(guest, { type: "message", class: "ConnectionClosedEvent", code: 200, body: {} });
      this.guests.delete(guest.token);
      return;
    }
    if (guest.readOnly)
      return reply({ class: "string", code: 409, body: "Session is read-only, no new messages allowed" });
    const content = ((message["content"] as Fields[] | undefined) ?? []).map((part) => this.#resolve(guest, part));
    this.#push(guest, { ...this.#body("Inbound"), ...message, content }, String(frame["tracingId"]));
  }

  #resolve(guest: Guest, part: Fields): Fields {
    const id = String((part["attachment"] as Fields | undefined)?.["id"] ?? "");
    const upload = guest.uploads.get(id);
    if (upload === undefined) return part;
    const { name: filename, type: mime, size: fileSize } = upload;
    const mediaType = mime.startsWith("image/") ? "Image" : "File";
    const url = `${this.url}/uploads/${guest.token}/${id}`;
    return { contentType: "Attachment", attachment: { id, filename, mime, fileSize, mediaType, url } };
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? "/", this.url);
    res.setHeader("Access-Control-Allow-Origin", "*");
    res.setHeader("Access-Control-Allow-Headers", "*");
    res.setHeader("Access-Control-Allow-Methods", "GET, PUT");
    if (req.method === "OPTIONS") return void res.writeHead(204).end();
    if (url.pathname.startsWith("/uploads/")) return this.#upload(req, res, url);
    if (url.pathname === "/api/v2/webmessaging/messages") return this.#history(req, res, url);
    if (url.pathname.endsWith("/config.json")) return json(res, this.options.config ?? {});
    return this.#file(res, url.pathname);
  }

  async #upload(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    const [, , token = "", id = ""] = url.pathname.split("/");
    const upload = this.guests.get(token)?.uploads.get(id);
    if (upload === undefined) return void res.writeHead(404).end();
    if (req.method === "GET") return void res.writeHead(200, { "Content-Type": upload.type }).end(upload.bytes);
    await this.uploadGate?.();
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    upload.bytes = Buffer.concat(chunks);
    res.writeHead(200).end();
    this.#send(this.#guest(token), {
      type: "message",
      class: "UploadSuccessEvent",
      code: 200,
      body: { attachmentId: id, downloadUrl: `${this.url}${url.pathname}`, timestamp: new Date().toISOString() },
    });
  }

  #history(req: IncomingMessage, res: ServerResponse, url: URL): void {
    const token = this.#jwts.get((req.headers.authorization ?? "").replace(/^bearer /i, ""));
    if (token === undefined) return void res.writeHead(401).end();
    const all = [...(this.guests.get(token)?.entities ?? [])].reverse();
    const size = Number(url.searchParams.get("pageSize") ?? 25);
    const page = Number(url.searchParams.get("pageNumber") ?? 1);
    const entities = all.slice((page - 1) * size, page * size);
    json(res, {
      entities,
      pageSize: size,
      pageNumber: page,
      total: all.length,
      pageCount: Math.ceil(all.length / size),
    });
  }

  async #file(res: ServerResponse, path: string): Promise<void> {
    const page = this.options.pages?.[path];
    if (page !== undefined)
      return void res
        .writeHead(200, { "Content-Type": TYPES[".html"] })
        .end(page.replaceAll("{{deployment}}", this.deploymentId));
    if (this.options.dist === undefined) return void res.writeHead(404).end();
    const file = normalize(join(this.options.dist, path.endsWith("/") ? `${path}index.html` : path));
    if (!file.startsWith(normalize(this.options.dist))) return void res.writeHead(404).end();
    try {
      let bytes = await readFile(file);
      if (file.endsWith(".html")) {
        res.setHeader("Content-Security-Policy", SHOP_POLICY);
        bytes = Buffer.from(bytes.toString("utf8").replaceAll("{{deployment}}", this.deploymentId));
      }
      res.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      res.writeHead(404).end();
    }
  }
}

function json(res: ServerResponse, value: unknown): void {
  res.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}
