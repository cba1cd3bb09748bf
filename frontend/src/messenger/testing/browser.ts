import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { fileURLToPath } from "node:url";
import { GuestServer } from "./guest-server";

const DIST = fileURLToPath(new URL("../../../../backend/hub/web/dist", import.meta.url));

/** The configuration of a deployment with everything on. */
export const CONFIG = {
  name: "shop",
  status: "Active",
  messenger: {
    enabled: true,
    apps: {
      conversations: {
        enabled: true,
        showAgentTypingIndicator: true,
        showUserTypingIndicator: true,
        autoStart: { enabled: false },
        conversationClear: { enabled: true },
      },
    },
    styles: { primaryColor: "#03637b" },
    launcherButton: { visibility: "On" },
    fileUpload: { enableAttachments: true },
  },
  position: { alignment: "Auto", sideSpace: 24, bottomSpace: 24 },
};

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

/** One contact's browser at a page with the messenger, over a guest server of its own. */
export class Contact {
  private constructor(
    readonly page: Page,
    readonly server: GuestServer,
    /** Addresses of every request the page has made. */
    readonly requests: string[],
    /** Errors of the page and refusals of its content policy. */
    readonly complaints: string[],
  ) {}

  static async come(
    browser: Browser,
    path = "/shop/",
    options: BrowserContextOptions = {},
    pages: Record<string, string> = {},
  ): Promise<Contact> {
    const server = await GuestServer.start({ dist: DIST, config: CONFIG, pages });
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", ...options });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    const contact = new Contact(page, server, [], []);
    page.on("request", (request) => contact.requests.push(request.url()));
    page.on("websocket", (socket) => contact.requests.push(socket.url()));
    page.on("pageerror", (error) => contact.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("WebSocket")) contact.complaints.push(message.text());
    });
    await page.goto(server.url + path);
    return contact;
  }

  readonly launcher = () => this.page.getByRole("button", { name: /^Chat(, \d+ unread)?$/ });
  readonly window = () => this.page.getByLabel(/^Chat with/).and(this.page.locator("[role]"));
  readonly box = () => this.page.getByRole("textbox", { name: "Message" });

  async open(): Promise<void> {
    await this.launcher().click();
    await this.server.seen("configureSession");
  }

  async write(text: string): Promise<void> {
    await this.box().fill(text);
    await this.box().press("Enter");
  }

  async leave(): Promise<void> {
    await this.page.context().close();
    await this.server.stop();
  }
}

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env["PARLEY_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
