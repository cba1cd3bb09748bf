import { Connection } from "./connection";
import type { Host } from "./host";
import type { View } from "./protocol/contract";
import type { Reply } from "./protocol/frames";
import { Session } from "./protocol/session";
import { presentAgent, rowsOf } from "./rows";
import { uuid } from "./store";
import { clockFor } from "./words";

const PHONE = "(max-width: 500px)";

/** What the components show and call. Created once per page. */
export class ChatState {
  #view = $state.raw<View>() as View;
  #isOpen = $state(false);
  #isPhone = $state(false);
  #seen = $state(0);
  /** Local pictures of files on their way, by outgoing id. */
  readonly #previews = new Map<string, string>();
  readonly #connection: Connection;
  readonly clock;
  /** What is older than this is history, ms: read, but not announced. */
  readonly startedAt = Date.now();

  readonly rows = $derived(rowsOf(this.#view));
  readonly agent = $derived(presentAgent(this.#view.entries));
  readonly unread = $derived(
    this.#view.entries.filter((e) => !e.own && e.kind === "message" && e.time > this.#seen).length,
  );

  constructor(readonly host: Host) {
    const { store, config, texts } = host;
    const locale = navigator.languages.find((l) => l.startsWith("en")) ?? "en-GB";
    this.clock = clockFor(locale, texts.today, texts.yesterday);
    const kept = host.tab.texts();
    const session = new Session(host.deploymentId, store.token(), config, { random: Math.random, uuid });
    this.#view = session.view;
    this.#seen = store.seen;
    this.#connection = new Connection(host, session, (view) => this.#changed(view));
    const query = matchMedia(PHONE);
    this.#isPhone = query.matches;
    query.addEventListener("change", () => (this.#isPhone = query.matches));
    document.addEventListener("visibilitychange", () => this.#markSeen());
    addEventListener("storage", (event) => {
      if (event.key === store.seenKey) this.#seen = store.seen;
    });
    this.#connection.tell({ on: "restore", texts: kept });
    if (store.hasSession(Date.now())) this.#connection.tell({ on: "connect" });
  }

  get view(): View {
    return this.#view;
  }
  get isOpen(): boolean {
    return this.#isOpen;
  }
  get isPhone(): boolean {
    return this.#isPhone;
  }
  get online(): boolean {
    return this.#view.phase === "ready";
  }
  get filesAllowed(): boolean {
    return this.host.config.files && (this.#view.filesAllowed || this.#view.phase !== "ready");
  }
  get canClear(): boolean {
    return this.host.config.clear && this.online && this.#view.live;
  }

  get draft(): string {
    return this.host.tab.draft;
  }
  keepDraft(text: string): void {
    this.host.tab.draft = text;
  }

  open(): void {
    this.#isOpen = true;
    this.host.tab.open = true;
    this.host.setOpen(true);
    this.#connection.tell({ on: "connect" });
    this.#markSeen();
    this.host.bus.publish("Messenger.opened", {});
  }

  close(): void {
    this.#isOpen = false;
    this.host.tab.open = false;
    this.host.setOpen(false);
    this.host.bus.publish("Messenger.closed", {});
  }

  connect = (): void => this.#connection.tell({ on: "connect" });
  /** Ends a pause between two attempts. */
  connectNow = (): void => this.#connection.tell({ on: "online" });
  send = (text: string, reply?: Reply): void => {
    this.#connection.tell({ on: "attributes", attributes: this.host.attributes() });
    this.#connection.tell(reply === undefined ? { on: "send", text } : { on: "send", text, reply });
  };
  retry = (id: string): void => this.#connection.tell({ on: "retry", id });
  discard = (id: string): void => this.#connection.tell({ on: "discard", id });
  typed = (): void => this.#connection.tell({ on: "typed" });
  older = (): void => this.#connection.tell({ on: "older" });
  clear = (): void => this.#connection.tell({ on: "clear" });
  startNew = (): void => this.#connection.tell({ on: "start-new" });
  refresh = (attachmentId: string): void => this.#connection.tell({ on: "refresh", attachmentId });
  attributes = (attributes: Record<string, string>): void => this.#connection.tell({ on: "attributes", attributes });
  /** Connects and begins a conversation without a first text. */
  begin = (): void => {
    this.connect();
    this.#connection.tell({ on: "join" });
  };

  attach(files: Iterable<File>): void {
    for (const file of files) {
      const id = uuid();
      if (/^image\/(png|jpeg|gif|webp|avif)$/.test(file.type)) this.#previews.set(id, URL.createObjectURL(file));
      this.#connection.attach(id, file);
    }
  }

  /** A blob: address for an image of our own, also after it has been sent: no need to fetch it back. */
  preview(id: string): string | undefined {
    return this.#previews.get(id);
  }

  /** Whether the image may be loaded: only from the hub, so that no message makes the page call anyone else. */
  isOurs(url: string): boolean {
    return url !== "" && new URL(url).origin === new URL(this.host.base).origin;
  }

  #changed(view: View): void {
    this.#view = view;
    if (view.phase === "expired" || !view.live) {
      if (view.phase === "ready" || view.phase === "expired") this.host.store.keepSession(0);
    } else if (view.live) this.host.store.keepSession(view.expiresAt || Date.now() + 3 * 86_400_000);
    const unsent = view.outgoing.filter((item) => item.file === null && item.reply === null);
    this.host.tab.keepTexts(unsent.map(({ id, at, text }) => ({ id, at, text })));
    this.#markSeen();
  }

  #markSeen(): void {
    const newest = this.#view.entries.at(-1)?.time ?? 0;
    if (this.#isOpen && document.visibilityState === "visible" && newest > this.#seen) {
      this.host.store.seen = newest;
      this.#seen = newest;
    }
    this.host.setUnread(this.#isOpen ? 0 : this.unread);
  }
}
