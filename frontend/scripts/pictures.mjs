// Takes pictures of the desk's scenes over the fake bridge, to be looked at.
//
//   node scripts/pictures.mjs DIRECTORY [SCENE…]
//
// Axe looks at each as well; a finding or an error on the page fails the run.
// It builds nothing: run `npx vite build --config vite.browser.config.ts` first.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import axe from "axe-core";
import { chromium } from "playwright-core";
import { preview } from "vite";

const [target, ...wanted] = process.argv.slice(2);
if (!target) {
  console.error("usage: node scripts/pictures.mjs DIRECTORY [SCENE…]");
  process.exit(2);
}

const size = { wide: [1440, 900], small: [1024, 700], strip: [860, 620], state: [1080, 680] };
/** Name, what the address asks for, window size, and what is done before the picture. */
const shots = [
  ["main-light", "scene=main&theme=light", "wide"],
  ["main-dark", "scene=main&theme=dark", "wide"],
  ["main-contrast-dark", "scene=main&theme=contrast-dark", "wide"],
  ["main-contrast-light", "scene=main&theme=contrast-light", "wide"],
  ["main-small", "scene=alert&theme=light", "small"],
  ["main-strip", "scene=alert&theme=light", "strip"],
  ["main-compact", "scene=main&theme=light&density=compact", "wide"],
  ["main-roomy", "scene=main&theme=light&density=roomy", "wide"],
  ["main-large-text", "scene=alert&theme=light&size=150", "wide"],
  ["alert-light", "scene=alert&theme=light", "wide"],
  ["alert-dark", "scene=alert&theme=dark", "wide"],
  ["auto-dark", "scene=auto&theme=dark", "wide"],
  ["empty", "scene=empty&theme=light", "state"],
  ["off-queue", "scene=empty&theme=light", "state", (page) => page.getByRole("switch").first().click()],
  ["offline", "scene=offline&theme=light", "state"],
  ["catching-up", "scene=catching-up&theme=dark", "state"],
  ["not-responding", "scene=not-responding&theme=light", "state"],
  ["signin", "scene=signin&theme=light", "state", fillIn],
  ["signin-memory", "scene=signin-memory&theme=dark", "state", fillIn],
  ["locked", "scene=locked&theme=light", "state"],
  ["loading", "scene=loading&theme=dark", "state"],
  ["wrapup", "scene=wrapup&theme=light", "wide"],
  ["failed", "scene=failed&theme=light", "wide"],
  ["many-light", "scene=many&theme=light", "wide"],
  ["many-dark-small", "scene=many&theme=dark", "small"],
  ["rtl", "scene=alert&theme=light&dir=rtl", "wide"],
  ["rtl-conversation", "scene=rtl&theme=dark", "wide"],
  ["settings-light", "scene=main&theme=light", "wide", (page) => page.keyboard.press("Control+,")],
  ["settings-dark", "scene=main&theme=dark", "state", (page) => page.keyboard.press("Control+,")],
  ["shortcuts-dark", "scene=main&theme=dark", "wide", (page) => page.keyboard.press("F1")],
  ["presence-menu", "scene=main&theme=light", "state", (page) => page.getByLabel("Change presence").click()],
  ["handed-light", "scene=handed&theme=light", "wide"],
  ["handed-dark", "scene=handed&theme=dark", "wide"],
  ["parked", "scene=parked&theme=light", "wide"],
  ["transfer-light", "scene=main&theme=light", "wide", (page) => page.keyboard.press("Control+Shift+T")],
  ["transfer-dark-small", "scene=main&theme=dark", "small", chooseTarget],
  ["transfer-rtl", "scene=main&theme=contrast-light&dir=rtl", "wide", chooseTarget],
  ["park-menu", "scene=main&theme=light", "wide", (page) => page.keyboard.press("Control+Shift+P")],
  ["board-light", "scene=board&theme=light", "wide", showBoard],
  ["board-dark", "scene=board&theme=dark", "wide", showBoard],
  ["board-small", "scene=board&theme=light", "small", showBoard],
  ["board-rtl", "scene=board&theme=contrast-dark&dir=rtl", "wide", showBoard],
  ["palette-light", "scene=main&theme=light", "wide", (page) => page.keyboard.press("Control+k")],
  ["palette-dark-small", "scene=many&theme=dark", "small", (page) => page.keyboard.press("Control+k")],
  ["canned", "scene=main&theme=light", "wide", typeSlash],
  ["panel-overlay", "scene=main&theme=light", "small", (page) => page.keyboard.press("Control+i")],
  ["focus", "scene=main&theme=light", "wide", focusRoster],
];

async function chooseTarget(page) {
  await page.keyboard.press("Control+Shift+T");
  await page.getByRole("radio", { name: /Lukas/ }).click();
  await page.getByLabel("Note for whoever is next").fill("Replacement pole is agreed, the address is missing.");
}

async function showBoard(page) {
  await page.keyboard.press("Control+b");
  await page.getByRole("table").first().waitFor();
}

async function typeSlash(page) {
  await page.getByRole("textbox", { name: /^Reply to/ }).fill("");
  await page.getByRole("textbox", { name: /^Reply to/ }).pressSequentially("/");
}

async function fillIn(page) {
  await page.getByLabel("Hub").fill("parley.tarnandfell.example");
  await page.getByLabel("Name").fill("sofia");
  await page.getByText("Found").waitFor();
}

async function focusRoster(page) {
  await page.locator('[data-card="mara"]').focus();
  await page.keyboard.press("ArrowDown");
}

const directory = resolve(target);
mkdirSync(directory, { recursive: true });
const profile = mkdtempSync(join(tmpdir(), "parley-pictures-"));
const server = await preview({ configFile: "vite.browser.config.ts", preview: { host: "127.0.0.1", port: 0 } });
const address = server.resolvedUrls?.local[0];
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env["PARLEY_CHROMIUM"] ?? "/usr/bin/chromium",
  headless: true,
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
let failed = 0;
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => fail(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") fail(message.text());
  });
  for (const [name, query, shape, act] of shots) {
    if (wanted.length > 0 && !wanted.some((each) => name.startsWith(each))) continue;
    const [width, height] = size[shape];
    await page.setViewportSize({ width, height });
    await page.mouse.move(width / 2, 4);
    await page.goto(`${address}?${query}`);
    await page.evaluate(() => document.fonts.ready);
    await page.waitForSelector("[data-region], main");
    await act?.(page);
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(directory, `${name}.png`) });
    const { violations } = await page.evaluate(async (source) => {
      (0, eval)(source); // comes from the test, not from the page: its policy does not apply
      return globalThis.axe.run(document, { resultTypes: ["violations"] });
    }, axe.source);
    for (const rule of violations) {
      for (const node of rule.nodes.slice(0, 6))
        fail(`${name}: ${rule.id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`);
    }
    console.log(name);
  }
} finally {
  await browser.close();
  await new Promise((done) => server.httpServer.close(done));
  rmSync(profile, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);

function fail(words) {
  failed++;
  console.error(words);
}
