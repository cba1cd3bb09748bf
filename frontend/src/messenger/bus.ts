export type Listener = (message: { event: string; data: unknown }) => void;
type Fulfilled = (data: unknown) => void;
type Rejected = (reason: string) => void;
export type CommandRunner = (name: string, data: unknown) => Promise<unknown>;

/** What window.Parley is before messenger.js arrives: a function that keeps its calls in q. */
export interface Stub {
  (...call: unknown[]): void;
  q?: ArrayLike<unknown>[];
}

/**
 * The page's way in and out: Parley("command", name, data?, fulfilled?, rejected?), Parley("subscribe", event, listener),
 * Parley("unsubscribe", event, listener?). A listener that throws breaks neither the messenger nor other listeners.
 */
export class Bus {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #happened = new Map<string, unknown>();

  constructor(private readonly run: CommandRunner) {}

  /** Puts the function in place and works off what the stub has queued. */
  install(page: { Parley?: Stub }): void {
    const queued = Array.from(page.Parley?.q ?? []);
    page.Parley = (...call: unknown[]) => this.#call(call);
    for (const call of queued) this.#call(Array.from(call));
  }

  publish(event: string, data: unknown): void {
    if (event.endsWith(".ready")) this.#happened.set(event, data);
    for (const listener of [...(this.#listeners.get(event) ?? [])]) this.#tell(listener, event, data);
  }

  #tell(listener: Listener, event: string, data: unknown): void {
    try {
      listener({ event, data });
    } catch (error) {
      // The page's mistake belongs in the page's console, after our own work is done.
      reportError(error);
    }
  }

  #call([verb, name, third, fulfilled, rejected]: unknown[]): void {
    if (typeof name !== "string") return;
    if (verb === "subscribe" && typeof third === "function") this.#subscribe(name, third as Listener);
    else if (verb === "unsubscribe") this.#unsubscribe(name, third as Listener | undefined);
    else if (verb === "command")
      this.run(name, third).then(
        (data) => typeof fulfilled === "function" && (fulfilled as Fulfilled)(data),
        (error: unknown) => {
          if (typeof rejected === "function")
            (rejected as Rejected)(error instanceof Error ? error.message : String(error));
        },
      );
  }

  #subscribe(event: string, listener: Listener): void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    // Whoever subscribes to a ready event late still hears it: the script loads whenever it likes.
    if (this.#happened.has(event)) this.#tell(listener, event, this.#happened.get(event));
  }

  #unsubscribe(event: string, listener: Listener | undefined): void {
    if (listener === undefined) this.#listeners.delete(event);
    else this.#listeners.get(event)?.delete(listener);
  }
}
