// The whole of Parley on this machine: a hub with its demo organisation, desks
// (the real Go app, its page in Chromium) and customers in the shop.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { Ear } from "./ear";
import { Process, freePort } from "./processes";

const root = resolve(import.meta.dirname, "../..");
const bin = (name: string) => join(root, "bin", name);

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Ready {
  url: string;
  shop: string;
  deploymentId: string;
  deployments: { id: string; queue: string }[];
  users: { user: string; password: string; role: string }[];
}

export class Stack {
  #closers: (() => Promise<unknown> | void)[] = [];
  #browser!: Browser;
  #display = "";
  readonly dir = mkdtempSync(join(tmpdir(), "parley-e2e-"));
  hub!: Process;
  ready!: Ready;

  static async start(): Promise<Stack> {
    const s = new Stack();
    await s.startHub("127.0.0.1:0");
    s.#browser = await chromium.launch({
      executablePath: process.env.PARLEY_CHROMIUM ?? "/usr/bin/chromium",
      args: flags,
    });
    s.#closers.push(() => s.#browser.close());
    return s;
  }

  /** Starts the hub on the stack's data; again after it was ended or killed. */
  async startHub(listen: string) {
    this.hub = new Process("hub", bin("parley-hub"), [
      "serve",
      "--demo",
      "--data",
      join(this.dir, "hub"),
      "--listen",
      listen,
    ]);
    this.ready = await this.hub.line((l) => (l.startsWith('{"url"') ? (JSON.parse(l) as Ready) : undefined));
  }

  get listen() {
    return new URL(this.ready.url).host;
  }

  user(name: string) {
    const u = this.ready.users.find((u) => u.user === name);
    if (!u) throw new Error(`no demo user ${name}`);
    return u;
  }

  async #display98(): Promise<string> {
    if (this.#display) return this.#display;
    const x = new Process("Xvfb", "Xvfb", ["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"]);
    const number = await x.line((l) => (/^\d+$/.test(l) ? l : undefined));
    this.#closers.push(() => x.end());
    return (this.#display = ":" + number);
  }

  /** A desk of its own profile and data, not signed in. */
  async desk(profile: string, env: Record<string, string> = {}): Promise<Desk> {
    const port = await freePort();
    const home = join(this.dir, profile);
    const app = new Process(
      `desk ${profile}`,
      "dbus-run-session",
      ["--", bin("parley-dev"), "--profile", profile, "--data", home],
      {
        DISPLAY: await this.#display98(),
        devserver: `localhost:${port}`,
        assetdir: join(root, "frontend/dist"),
        HOME: home,
        XDG_RUNTIME_DIR: home,
        ...env,
        PARLEY_TRACE: "1",
        LIBGL_ALWAYS_SOFTWARE: "1",
      },
    );
    this.#closers.push(() => app.end());
    const address = `http://localhost:${port}`;
    await reachable(address, app);
    const context = await this.#browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto(address);
    return new Desk(page, app, this);
  }

  /** A customer in the shop, with a browser profile of their own. */
  async customer(viewport = { width: 1280, height: 800 }): Promise<Customer> {
    const context = await this.#browser.newContext({ viewport, reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto(this.ready.shop);
    return new Customer(page);
  }

  /** A customer of another page, which carries the messenger of a deployment. */
  async customerIn(queue: string): Promise<Customer> {
    const deployment = this.ready.deployments.find((d) => d.queue === queue);
    if (!deployment) throw new Error(`no deployment leads to ${queue}`);
    const script = `<script src="${this.ready.url}/messenger.js" data-deployment="${deployment.id}"></script>`;
    const shop = createServer((_, answer) => {
      answer.setHeader("Content-Type", "text/html");
      answer.end(`<!doctype html><html lang="en"><title>Another shop</title><h1>Another shop</h1>${script}</html>`);
    });
    await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
    this.#closers.push(() => void shop.close());
    const { port } = shop.address() as AddressInfo;
    const context = await this.#browser.newContext({ reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    return new Customer(page);
  }

  /** Ears for the desk's speaker: a sound server of this stack's own. */
  async ear(): Promise<Ear> {
    const ear = await Ear.open(mkdtempSync(join(this.dir, "sound-")));
    this.#closers.push(() => ear.close());
    return ear;
  }

  async close() {
    for (const close of this.#closers.reverse()) await close();
    await this.hub.end();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

async function reachable(address: string, app: Process) {
  let gone: number | string | undefined;
  void app.ended.then((how) => (gone = how));
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    if (gone !== undefined) break;
    try {
      if ((await fetch(address)).ok) return;
    } catch {
      await new Promise((r) => setTimeout(r, 100));
    }
  }
  throw new Error(`${app.name} does not answer at ${address} (${gone})\n${app.lines.slice(-30).join("\n")}`);
}

export class Desk {
  constructor(
    readonly page: Page,
    readonly app: Process,
    readonly stack: Stack,
  ) {}

  async signIn(name: string) {
    const { user, password } = this.stack.user(name);
    await this.page.getByLabel("Hub", { exact: true }).fill(this.stack.ready.url);
    await this.page.getByLabel("Name", { exact: true }).fill(user);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.getByRole("switch", { name: /queue/i }).waitFor();
  }

  async goOnQueue() {
    const on = this.page.getByRole("switch", { name: "On queue" });
    if ((await on.getAttribute("aria-checked")) !== "true") await on.click();
    await this.page.locator("[role=switch][aria-checked=true]").waitFor();
  }

  roster = () => this.page.getByRole("complementary", { name: "Interactions" });
  tabs = () => this.page.getByRole("tab");
  transcript = () => this.page.getByRole("region", { name: "Conversation" });
  box = () => this.page.getByRole("textbox", { name: /^Reply to/ });

  /** Answers the alert, which need not be there yet. */
  async answer() {
    const answer = this.roster().getByRole("button", { name: /^Answer/ });
    await answer.first().waitFor();
    const alerting = await answer.count();
    // A card that has appeared just now is deaf to clicks for a moment.
    while ((await answer.count()) >= alerting) {
      // It may go between the look and the click.
      await answer
        .first()
        .click({ timeout: 1000 })
        .catch(() => undefined);
    }
    await this.box().waitFor();
  }

  async write(text: string) {
    await this.box().fill(text);
    await this.box().press("Enter");
    await this.transcript().getByText(text).waitFor();
  }

  /** Ends the open conversation and completes it with its first wrap-up code. */
  async endAndWrapUp() {
    await this.page.getByRole("button", { name: /^End/ }).click();
    await this.page.getByRole("radio").first().click();
    const complete = this.page.getByRole("button", { name: /^Complete/ });
    await complete.click();
    await complete.waitFor({ state: "detached" });
  }
}

export class Customer {
  constructor(public page: Page) {}

  window = () =>
    this.page.getByRole("dialog", { name: /^Chat with/ }).or(this.page.getByRole("region", { name: /^Chat with/ }));
  log = () => this.page.getByRole("log");
  box = () => this.page.getByRole("textbox", { name: "Message" });

  async open() {
    await this.page.getByRole("button", { name: /^Chat(, \d+ unread)?$/ }).click();
    await this.box().waitFor();
  }

  /** Returns once the hub has acknowledged the message. */
  async write(text: string) {
    await this.box().fill(text);
    await this.box().press("Enter");
    await this.log().getByText(text).waitFor();
    await this.log().getByText("Sent", { exact: true }).last().waitFor();
  }

  /** Closes the page; the browser keeps what pages keep. */
  async leave() {
    const context = this.page.context();
    await this.page.close();
    this.#context = context;
  }

  async comeBack(address: string) {
    if (!this.#context) throw new Error("the customer has not left");
    this.page = await this.#context.newPage();
    await this.page.goto(address);
  }

  #context?: ReturnType<Page["context"]>;
}
