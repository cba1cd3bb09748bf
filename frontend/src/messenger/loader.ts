import { Bus, type Stub } from "./bus";
import { readConfig, type Config } from "./config";
import type { Chat, Host, StartChat } from "./host";
import { en } from "./i18n/en";
import { Launcher } from "./launcher";
import { openStorage, Store, TabStore } from "./store";

/** Address of the chat's chunk below the hub, put in by the build. */
declare const CHAT_CHUNK: string;

const RETRY_MS = [2000, 8000, 30_000];

class Loader {
  readonly #bus: Bus;
  readonly #store: Store;
  readonly #tab: TabStore;
  readonly #base: string;
  readonly #page: Record<string, string | undefined>;
  readonly #deploymentId: string;
  readonly #ready: Promise<void>;
  #attributes: Record<string, string> = {};
  #launcher: Launcher | null = null;
  #config: Config | null = null;
  #chat: Promise<Chat> | null = null;
  #open = false;

  constructor(script: HTMLScriptElement) {
    this.#base = script.src.replace(/\/messenger\.js(\?.*)?$/, "");
    this.#page = { ...script.dataset };
    this.#deploymentId = script.dataset["deployment"] ?? "";
    this.#store = new Store(
      openStorage(() => localStorage),
      this.#deploymentId,
    );
    this.#tab = new TabStore(
      openStorage(() => sessionStorage),
      this.#deploymentId,
    );
    this.#bus = new Bus((name, data) => this.#command(name, data));
    this.#ready = this.#start();
    // Last, since what the page has queued runs at once.
    this.#bus.install(window as { Parley?: Stub });
  }

  async #start(): Promise<void> {
    if (document.body === null)
      await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
    const config = readConfig(await this.#fetchConfig(), this.#page);
    if (!config.enabled) {
      this.#bus.publish("Messenger.error", { reason: "disabled" });
      return;
    }
    this.#config = config;
    this.#launcher = new Launcher(config, en, this.#page["theme"], () => void this.#toggle());
    this.#bus.publish("Messenger.ready", {});
    // Open on the page before, open on this one; a phone shows the page first, since the window would cover it.
    if (this.#tab.open && !matchMedia("(max-width: 500px)").matches)
      return void this.#load().then(
        (chat) => chat.open(false),
        () => undefined,
      );
    // A returning contact may have answers waiting: connect when the page has settled.
    if (this.#store.hasSession(Date.now())) this.#whenIdle(() => void this.#load());
  }

  async #fetchConfig(): Promise<unknown> {
    const address = `${this.#base}/webdeployments/v1/deployments/${encodeURIComponent(this.#deploymentId)}/config.json`;
    for (let attempt = 0; ; attempt++) {
      try {
        const response = await fetch(address, { credentials: "omit" });
        if (response.ok) return await response.json();
        if (response.status < 500) throw new RangeError(`deployment configuration: ${response.status}`);
      } catch (error) {
        if (error instanceof RangeError) {
          this.#bus.publish("Messenger.error", { reason: error.message });
          throw error;
        }
      }
      await new Promise((done) => setTimeout(done, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]));
    }
  }

  #whenIdle(work: () => void): void {
    if (typeof requestIdleCallback === "function") requestIdleCallback(work, { timeout: 3000 });
    else setTimeout(work, 300);
  }

  #load(): Promise<Chat> {
    this.#chat ??= this.#ready.then(async () => {
      const [config, launcher] = [this.#config, this.#launcher];
      if (config === null || launcher === null) throw new Error("the messenger is switched off");
      const { start } = (await import(/* @vite-ignore */ `${this.#base}/${CHAT_CHUNK}`)) as { start: StartChat };
      return start(this.#host(config, launcher));
    });
    this.#chat.catch(() => {
      // Offline at the wrong moment: the next click tries again.
      this.#chat = null;
    });
    return this.#chat;
  }

  #host(config: Config, launcher: Launcher): Host {
    return {
      base: this.#base,
      deploymentId: this.#deploymentId,
      config,
      texts: en,
      store: this.#store,
      tab: this.#tab,
      bus: this.#bus,
      root: launcher.root,
      frame: launcher.frame,
      attributes: () => this.#attributes,
      setUnread: (count) => launcher.setUnread(count),
      setOpen: (open) => {
        this.#open = open;
        launcher.setOpen(open);
      },
      focusLauncher: () => launcher.focus(),
    };
  }

  async #toggle(): Promise<void> {
    if (this.#open) return (await this.#load()).close();
    this.#launcher?.setBusy(true);
    try {
      (await this.#load()).open(true);
    } finally {
      this.#launcher?.setBusy(false);
    }
  }

  async #command(name: string, data: unknown): Promise<unknown> {
    switch (name) {
      case "Database.set": {
        const given = (data as { messaging?: { customAttributes?: Record<string, unknown> } } | undefined)?.messaging;
        for (const [key, value] of Object.entries(given?.customAttributes ?? {})) this.#attributes[key] = String(value);
        if (this.#chat !== null) return (await this.#chat).command(name, this.#attributes);
        return this.#attributes;
      }
      case "Launcher.show":
      case "Launcher.hide":
        await this.#ready;
        this.#launcher?.setShown(name === "Launcher.show");
        this.#bus.publish(name === "Launcher.show" ? "Launcher.visible" : "Launcher.hidden", {});
        return undefined;
      case "Messenger.open":
        // Focus follows only a press or key that is still fresh; a page that opens the chat by itself keeps its focus.
        return (await this.#load()).open(navigator.userActivation?.isActive ?? false);
      case "Messenger.close":
        return this.#open ? (await this.#load()).close() : undefined;
      default:
        return (await this.#load()).command(name, data);
    }
  }
}

const script = document.currentScript;
// A page that carries the tag twice gets one messenger.
if (script instanceof HTMLScriptElement && document.querySelector("parley-messenger") === null) new Loader(script);
