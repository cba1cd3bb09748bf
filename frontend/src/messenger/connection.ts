import type { Host } from "./host";
import type { Effect, Input, View } from "./protocol/contract";
import { readHistory } from "./protocol/frames";
import { PAGE_SIZE } from "./protocol/history";
import type { Session } from "./protocol/session";

const HISTORY_TIMEOUT_MS = 10_000;

/**
 * Carries out what the session asks for, on the browser's sockets, requests, timers and storage, and tells it what came
 * of it. One per page.
 */
export class Connection {
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #uploads = new Map<string, XMLHttpRequest>();
  readonly #files = new Map<string, File>();

  constructor(
    private readonly host: Host,
    private readonly session: Session,
    private readonly onChange: (view: View) => void,
  ) {
    addEventListener("online", () => this.tell({ on: "online" }));
    document.addEventListener("visibilitychange", () => this.#visible());
    addEventListener("storage", (event) => this.#stored(event));
    this.#visible();
  }

  tell(input: Input): void {
    const effects = this.session.handle(input, Date.now());
    for (const effect of effects) this.#run(effect);
    const view = this.session.view;
    for (const id of this.#files.keys()) if (!view.outgoing.some((item) => item.id === id)) this.#files.delete(id);
    this.#wake();
    this.onChange(view);
  }

  attach(id: string, file: File): void {
    this.#files.set(id, file);
    this.tell({ on: "attach", id, file: { name: file.name, type: file.type, size: file.size } });
  }

  #visible(): void {
    this.tell({ on: "visible", visible: document.visibilityState === "visible" });
  }

  /** Another tab has begun a new session, or cleared the old one. */
  #stored(event: StorageEvent): void {
    if (event.key === this.host.store.tokenKey && event.newValue !== null && this.#socket !== null)
      this.tell({ on: "token", token: this.host.store.token(), keepOutbox: false });
  }

  #wake(): void {
    clearTimeout(this.#timer);
    const at = this.session.wakeAt();
    if (at !== Infinity) this.#timer = setTimeout(() => this.tell({ on: "tick" }), Math.max(0, at - Date.now()));
  }

  #run(effect: Effect): void {
    switch (effect.do) {
      case "connect":
        return this.#connect();
      case "disconnect":
        return this.#disconnect();
      case "send":
        if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(effect.frame));
        return;
      case "history":
        return void this.#fetchHistory(effect.page, effect.jwt);
      case "upload":
        return this.#upload(effect.id, effect.url, effect.headers);
      case "abort":
        return this.#uploads.get(effect.id)?.abort();
      case "renew-token": {
        const token = this.host.store.renew(this.session.token);
        queueMicrotask(() => this.tell({ on: "token", token, keepOutbox: effect.keepOutbox }));
        return;
      }
      case "emit":
        return this.host.bus.publish(effect.event, effect.data);
    }
  }

  #connect(): void {
    this.#disconnect();
    const address = new URL(`${this.host.base}/v1`);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("deploymentId", this.host.deploymentId);
    const socket = new WebSocket(address);
    this.#socket = socket;
    // A socket that has been replaced has no say any more.
    const mine = (input: Input) => () => {
      if (this.#socket === socket) this.tell(input);
    };
    socket.addEventListener("open", mine({ on: "open" }));
    socket.addEventListener("close", mine({ on: "closed" }));
    socket.addEventListener("message", (event) => {
      if (this.#socket === socket && typeof event.data === "string") this.tell({ on: "frame", raw: event.data });
    });
  }

  #disconnect(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  async #fetchHistory(page: number, jwt: string): Promise<void> {
    const token = this.session.token;
    const address = `${this.host.base}/api/v2/webmessaging/messages?pageNumber=${page}&pageSize=${PAGE_SIZE}`;
    let result: Input;
    try {
      const response = await fetch(address, {
        credentials: "omit",
        headers: { Authorization: `bearer ${jwt}` },
        signal: AbortSignal.timeout(HISTORY_TIMEOUT_MS),
      });
      const read = response.ok ? readHistory(await response.json()) : null;
      result = read === null ? { on: "history-failed", status: response.status } : { on: "history", page: read };
    } catch {
      result = { on: "history-failed", status: 0 };
    }
    if (token === this.session.token) this.tell(result);
  }

  /** XMLHttpRequest, since fetch does not report how much of a body has left. */
  #upload(id: string, url: string, headers: Record<string, string>): void {
    const file = this.#files.get(id);
    if (file === undefined) return void queueMicrotask(() => this.tell({ on: "upload-failed", id }));
    const put = new XMLHttpRequest();
    this.#uploads.set(id, put);
    put.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) put.setRequestHeader(name, value);
    put.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    put.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) this.tell({ on: "upload-progress", id, fraction: event.loaded / event.total });
    });
    put.addEventListener("loadend", () => {
      this.#uploads.delete(id);
      const stored = put.status >= 200 && put.status < 300;
      this.tell(stored ? { on: "uploaded", id } : { on: "upload-failed", id });
    });
    put.send(file);
  }
}
