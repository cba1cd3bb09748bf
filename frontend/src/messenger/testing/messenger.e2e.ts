import axe from "axe-core";
import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { Contact, launch, PHONE } from "./browser";

let browser: Browser;
let contact: Contact;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser.close());
afterEach(() => contact.leave());

const come = async (path?: string, options?: BrowserContextOptions, pages?: Record<string, string>): Promise<Contact> =>
  (contact = await Contact.come(browser, path, options, pages));

/** What axe finds on the page and inside the messenger's shadow root, as one line each. */
async function faults(): Promise<string[]> {
  await contact.page.evaluate(axe.source);
  return contact.page.evaluate(async () => {
    const { axe: inPage } = window as unknown as { axe: typeof axe };
    const { violations } = await inPage.run();
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.failureSummary ?? ""}`));
  });
}

const PDF = { name: "bank-notice.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(200_000) };

describe("a conversation", () => {
  test("goes both ways, with typing, and comes back after a change of page", async () => {
    const { page, server } = await come();
    await contact.open();
    await contact.write("Where is my parcel?");
    await page.getByText("Sent", { exact: true }).waitFor();
    server.type();
    await contact.window().getByText("Sofia is typing").waitFor();
    server.say("On its way.");
    await contact.window().getByText("On its way.").waitFor();
    expect(await contact.window().getByText("Sofia is typing").count()).toBe(0);
    await contact.box().fill("a draft");
    await page.getByRole("link", { name: "Packs" }).click();
    await contact.window().getByText("On its way.").waitFor();
    await contact.window().getByText("Where is my parcel?").waitFor();
    expect(await contact.box().inputValue()).toBe("a draft");
  });

  test("counts what came while the window was closed", async () => {
    const { page, server } = await come();
    await contact.open();
    await contact.write("hello");
    await page.getByText("Sent", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    server.say("one");
    server.say("two");
    await page.getByRole("button", { name: "Chat, 2 unread" }).click();
    await contact.window().getByText("two").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Chat", exact: true }).waitFor();
  });

  test("a text written without a connection goes when there is one, once, under its first id", async () => {
    const { page, server } = await come();
    await contact.open();
    await contact.write("hello");
    await page.getByText("Sent", { exact: true }).waitFor();
    server.accepting = false;
    server.drop();
    await page.getByText("No connection").first().waitFor();
    await contact.write("are you there?");
    await page.getByText("Goes out when you are online again").waitFor();
    server.accepting = true;
    await page.getByRole("button", { name: "Try now" }).click();
    await page.getByText("Sent", { exact: true }).waitFor();
    expect(server.received.filter((f) => JSON.stringify(f).includes("are you there?"))).toHaveLength(1);
  });

  test("a file shows its progress, can be cancelled, and arrives", async () => {
    const { page, server } = await come();
    await contact.open();
    let release = (): void => undefined;
    const gate = new Promise<void>((done) => (release = done));
    server.uploadGate = () => gate;
    const input = page.locator("input[type=file]");
    await input.setInputFiles(PDF);
    await page.getByRole("progressbar", { name: "Upload of bank-notice.pdf" }).waitFor();
    await input.setInputFiles({ ...PDF, name: "second.pdf" });
    await page.getByRole("button", { name: "Cancel: Upload of second.pdf" }).click();
    release();
    await page.getByRole("link", { name: /^bank-notice.pdf/ }).waitFor();
    expect([...server.guest.uploads.values()].map((u) => [u.name, u.bytes?.length])).toEqual([
      ["bank-notice.pdf", 200_000],
    ]);
  });

  test("a kind of file that is not taken is refused in words before it leaves", async () => {
    const { page, server } = await come();
    await contact.open();
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "setup.exe", mimeType: "application/x-msdownload", buffer: Buffer.alloc(9) });
    await page.getByText("files of this kind are not accepted").waitFor();
    expect(server.received.some((f) => f["action"] === "onAttachment")).toBe(false);
  });

  test("earlier messages come page by page without moving what is read", async () => {
    const { page, server } = await come();
    const token = "9b1e0000-0000-4000-8000-000000000001";
    const texts = Array.from({ length: 60 }, (_, i) => ({
      text: `message ${i + 1}`,
      own: i % 2 === 0,
      at: new Date(Date.now() - (61 - i) * 60_000),
    }));
    server.seed(token, texts);
    await page.evaluate(
      ([key, value]) => localStorage.setItem(key as string, value as string),
      [`parley:${server.deploymentId}:token`, token],
    );
    await contact.open();
    await page.getByText("message 60", { exact: true }).waitFor();
    expect(await page.getByText("message 20", { exact: true }).count()).toBe(0);
    const log = page.getByRole("log");
    await log.evaluate((element) => (element.scrollTop = 0));
    await page.getByText("message 20", { exact: true }).waitFor();
    const shift = await log.evaluate((element) => element.scrollTop);
    expect(shift).toBeGreaterThan(300);
  });

  test("what the other side writes stays text, and its links are safe", async () => {
    const { server } = await come();
    await contact.open();
    await contact.write("hello");
    await server.seen("onMessage", "hello");
    server.say('<img src=x onerror="document.title=1"> javascript:alert(1) https://example.org/a.');
    const link = contact.window().getByRole("link", { name: /example/ });
    expect([await link.getAttribute("href"), await link.getAttribute("rel")]).toEqual([
      "https://example.org/a",
      "noopener noreferrer",
    ]);
    expect(await contact.window().locator("img").count()).toBe(0);
  });

  test("ends read-only and starts again", async () => {
    const { page, server } = await come();
    await contact.open();
    await contact.write("hello");
    await server.seen("onMessage", "hello");
    server.disconnect(true);
    await contact.window().getByText("Sofia ended the conversation").waitFor();
    await page.getByRole("button", { name: "Start again" }).click();
    await contact.box().waitFor();
    await contact.write("me again");
    await server.seen("onMessage", "me again");
  });

  test("clearing asks first, then leaves nothing", async () => {
    const { page, server } = await come();
    await contact.open();
    await contact.write("secret");
    await page.getByText("Sent", { exact: true }).waitFor();
    const before = server.guest.token;
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("button", { name: "Clear conversation" }).click();
    await page.getByRole("button", { name: "Clear", exact: true }).click();
    await contact.window().getByText("secret").waitFor({ state: "detached" });
    await contact.write("new");
    await server.seen("onMessage", '"new"');
    expect(server.guest.token).not.toBe(before);
  });
});

describe("as a guest on the page", () => {
  test("asks nobody but its hub, leaves one global and no complaint under a strict policy", async () => {
    const { page, server, requests, complaints } = await come();
    await contact.open();
    await contact.write("hello 🙂");
    await page.getByText("Sent", { exact: true }).waitFor();
    server.say("", {
      type: "Structured",
      content: [
        {
          contentType: "Attachment",
          attachment: {
            id: "1",
            mediaType: "Image",
            mime: "image/png",
            filename: "x.png",
            url: "https://elsewhere.example/x.png",
          },
        },
        { contentType: "Card", card: { title: "A card", image: "https://elsewhere.example/y.png", actions: [] } },
      ],
    });
    await contact.window().getByText("A card").waitFor();
    const host = new URL(server.url).host;
    expect(requests.filter((address) => !address.startsWith("blob:") && new URL(address).host !== host)).toEqual([]);
    expect(complaints).toEqual([]);
    const names = await page.evaluate(() => {
      const frame = document.body.appendChild(document.createElement("iframe"));
      const clean = new Set(Object.getOwnPropertyNames(frame.contentWindow ?? {}));
      frame.remove();
      return Object.getOwnPropertyNames(window).filter(
        (name) => !clean.has(name) && !/^(\d+|__playwright.*|__pw.*)$/.test(name),
      );
    });
    expect(names).toEqual(["Parley"]);
  });

  test("the page's styles and shortcuts stay outside", async () => {
    const hostile = `<!doctype html><html lang="en"><head><title>Hostile</title><style>* { font-size: 40px !important; color: red !important } div, button, parley-messenger { display: none !important }</style></head>
<body><main><h1>Page</h1></main><script>document.addEventListener("keydown", () => (document.title = "heard"))</script>
<script>window.Parley=window.Parley||function(){(Parley.q=Parley.q||[]).push(arguments)};Parley("subscribe","Messenger.ready",()=>(window.readyHeard=true))</script>
<script src="/messenger.js" data-deployment="{{deployment}}" data-title="Tarn" async></script></body></html>`;
    const { page } = await come("/hostile", {}, { "/hostile": hostile });
    await contact.open();
    await contact.write("hello");
    await page.getByText("Sent", { exact: true }).waitFor();
    expect(await contact.box().evaluate((element) => getComputedStyle(element).fontSize)).toBe("14.5px");
    expect([await page.title(), await page.evaluate(() => "readyHeard" in window)]).toEqual(["Hostile", true]);
  });

  test("a window the page opens by itself does not take the focus", async () => {
    const eager = `<!doctype html><html lang="en"><title>Eager</title><input aria-label="Name" autofocus>
<script>window.Parley=function(){(Parley.q=Parley.q||[]).push(arguments)};Parley("command","Messenger.open")</script>
<script src="/messenger.js" data-deployment="{{deployment}}" async></script>`;
    const { page, server } = await come("/eager", {}, { "/eager": eager });
    await server.seen("configureSession");
    await contact.box().waitFor();
    expect(await page.getByLabel("Name").evaluate((element) => element === document.activeElement)).toBe(true);
  });

  test("works by keyboard alone and gives the focus back", async () => {
    const { page, server } = await come();
    await contact.launcher().focus();
    await page.keyboard.press("Enter");
    await server.seen("configureSession");
    await contact.box().waitFor();
    await page.keyboard.type("by keyboard");
    await page.keyboard.press("Enter");
    await server.seen("onMessage", "by keyboard");
    await page.keyboard.press("Escape");
    expect(await contact.launcher().evaluate((element) => element.matches(":focus"))).toBe(true);
  });

  test("on a phone it is a dialog that keeps Tab inside", async () => {
    const { page } = await come("/shop/", PHONE);
    await contact.open();
    await page.getByRole("dialog", { name: "Chat with Tarn & Fell" }).waitFor();
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("PARLEY-MESSENGER");
    }
  });
});

describe("axe finds nothing", () => {
  const looks: [string, BrowserContextOptions][] = [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["phone, light", { ...PHONE, colorScheme: "light" }],
    ["phone, dark", { ...PHONE, colorScheme: "dark" }],
  ];
  test.each(looks)("in a conversation with everything in it: %s", async (_look, options) => {
    const { page, server } = await come("/shop/", { ...options, reducedMotion: "reduce" });
    await contact.open();
    expect(await faults()).toEqual([]);
    await contact.write("hello https://example.org");
    await page.getByText("Sent", { exact: true }).waitFor();
    server.say("Which?", {
      type: "Structured",
      content: [{ contentType: "QuickReply", quickReply: { text: "Small", payload: "s" } }],
    });
    await page.getByRole("button", { name: "Small" }).waitFor();
    server.type(60_000);
    server.uploadGate = () => new Promise(() => undefined);
    const input = page.locator("input[type=file]");
    await input.setInputFiles({ ...PDF, name: "setup.exe" });
    await input.setInputFiles(PDF);
    await page.getByRole("progressbar").waitFor();
    await page.getByRole("button", { name: "Emoji" }).click();
    expect(await faults()).toEqual([]);
    server.accepting = false;
    server.drop();
    await page.getByText("No connection").first().waitFor();
    expect(await faults()).toEqual([]);
  });

  test.each([
    "/shop/",
    "/shop/tents/",
    "/shop/products/ridgeline-55/",
    "/shop/basket/",
    "/shop/checkout/",
    "/shop/repairs/",
  ])("in the shop: %s", async (path) => {
    await come(path);
    expect(await faults()).toEqual([]);
    await contact.page.emulateMedia({ colorScheme: "dark" });
    expect(await faults()).toEqual([]);
  });
});

test("the messenger keeps its budget of 60 KB gzipped", async () => {
  await come();
  const dist = fileURLToPath(new URL("../../../../backend/hub/web/dist/", import.meta.url));
  const chunks = readdirSync(`${dist}messenger`).filter((name) => name.endsWith(".gz"));
  const files = [`${dist}messenger.js.gz`, ...chunks.map((name) => `${dist}messenger/${name}`)];
  expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThanOrEqual(60 * 1024);
  expect(statSync(`${dist}messenger.js.gz`).size).toBeLessThanOrEqual(8 * 1024);
});

test("the shop's basket is kept, counted and summed", async () => {
  const { page } = await come("/shop/products/ridgeline-55/");
  await page.getByText("M", { exact: true }).click();
  await page.getByRole("button", { name: "Add to basket" }).click();
  await page.getByRole("link", { name: "Basket (1)" }).click();
  await page.getByRole("button", { name: "One Ridgeline 55 M more" }).click();
  expect(await page.locator("[data-basket-sum]").textContent()).toBe("€ 438");
  await page.reload();
  await page.getByRole("link", { name: "Basket (2)" }).waitFor();
});
