// What an agent under pressure meets besides plain talk.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Page } from "playwright-core";
import { Stack, type Customer, type Desk } from "./stack";

let stack: Stack;
let desk: Desk;
let mara: Customer;

beforeAll(async () => {
  stack = await Stack.start();
  desk = await stack.desk("agent");
  await desk.signIn("agent-1");
  await desk.goOnQueue();
  mara = await stack.customer();
  await mara.open();
});
afterAll(() => stack?.close());

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  id: string;
  nodes: { html: string }[];
}

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    // A colour on its way to another is nobody's: on a busy machine axe would see it.
    for (const each of document.getAnimations()) if (each instanceof CSSTransition) each.finish();
    const run = (globalThis as unknown as { axe: { run(): Promise<{ violations: Finding[] }> } }).axe;
    return (await run.run()).violations;
  });
  return found.map((f) => `${f.id}: ${f.nodes.map((n) => n.html.slice(0, 120)).join(" | ")}`);
}

describe("An agent's day", () => {
  test("declining returns the interaction to its queue and makes the agent not responding, with a one-click return", async () => {
    await mara.write("Is anybody there?");
    const decline = desk.roster().getByRole("button", { name: "Decline" });
    await decline.waitFor();
    while (await decline.isVisible()) await decline.click({ timeout: 1000 }).catch(() => undefined);
    await desk.page.getByText(/^You missed/).waitFor();
    await desk.page.getByText("Not responding").first().waitFor();
    await desk.page.getByRole("button", { name: "Back on queue" }).first().click();
    // It waited for nobody else, so it alerts again.
    await desk.answer();
    await desk.transcript().getByText("Is anybody there?").waitFor();
  });

  test("the keyboard is enough: answer, write, end, wrap up", async () => {
    const other = await stack.customer();
    await other.open();
    await other.write("Keyboard only, please");
    await desk.roster().getByText("Keyboard only, please").waitFor();
    const answered = desk.transcript().getByText("Keyboard only, please");
    while (!(await answered.isVisible())) await desk.page.keyboard.press("F2");
    await desk.page.keyboard.type("With pleasure");
    await desk.page.keyboard.press("Enter");
    await other.log().getByText("With pleasure").waitFor();
    await desk.page.keyboard.press("Control+e");
    await desk.page.getByRole("radio").first().waitFor();
    await desk.page.keyboard.press("2");
    await desk.page.keyboard.press("Enter");
    await desk.page.getByRole("radio").first().waitFor({ state: "detached" });
    await other
      .log()
      .getByText(/ended the conversation/)
      .waitFor();
    await desk.page.keyboard.press("Control+1");
    await desk.transcript().getByText("Is anybody there?").waitFor();
  });

  test("a picture from the contact shows inline, and a file from the agent can be opened by the contact", async () => {
    const png = await mara.page.screenshot({ clip: { x: 0, y: 0, width: 320, height: 200 } });
    await mara.page.locator("input[type=file]").setInputFiles({ name: "tent.png", mimeType: "image/png", buffer: png });
    await mara.box().press("Enter");
    const picture = desk.transcript().locator("img[src^='/files/']");
    await picture.waitFor();
    await expect.poll(() => picture.evaluate((i: HTMLImageElement) => i.naturalWidth)).toBe(320);
    // Dropped into the composer, as from a folder.
    const transfer = await desk.page.evaluateHandle(() => {
      const t = new DataTransfer();
      t.items.add(new File(["Return label\n"], "label.txt", { type: "text/plain" }));
      return t;
    });
    await desk.box().dispatchEvent("drop", { dataTransfer: transfer });
    await desk.page.getByText("label.txt").first().waitFor();
    await desk.write("Here is your label");
    const link = mara.page.getByRole("link", { name: /label\.txt/ });
    await link.waitFor();
    const href = await link.getAttribute("href");
    const got = await mara.page.request.get(new URL(href ?? "", stack.ready.url).href);
    expect(await got.text()).toBe("Return label\n");
    expect(got.headers()["content-disposition"]).toMatch(/^attachment/);
    expect(got.headers()["x-content-type-options"]).toBe("nosniff");
  });

  test("what a customer writes is shown as text and does nothing", async () => {
    await mara.write('<img src=x onerror="document.title=1"><script>document.title=2</script>');
    await desk.transcript().getByText('<img src=x onerror="document.title=1">').waitFor();
    expect(await desk.page.title()).not.toMatch(/[12]/);
  });

  test("without the hub the desk says so, keeps what is sent, and sends it once when the hub is back", async () => {
    const listen = stack.listen;
    stack.hub.signal("SIGKILL");
    await stack.hub.ended;
    await desk.page.getByText(/^Offline since/).waitFor();
    await desk.write("Sent into the dark");
    await desk.transcript().getByText("Waiting to be sent").waitFor();
    await mara.page
      .getByText(/offline|no connection/i)
      .first()
      .waitFor();
    await mara.box().fill("Written into the dark");
    await mara.box().press("Enter");
    await stack.startHub(listen);
    await mara.log().getByText("Sent into the dark").waitFor();
    await desk.transcript().getByText("Written into the dark").waitFor();
    await desk.page.getByText(/^Offline since/).waitFor({ state: "detached" });
    expect(await mara.log().getByText("Sent into the dark").count()).toBe(1);
    expect(await desk.transcript().getByText("Written into the dark").count()).toBe(1);
  });

  test("axe finds nothing in the desk, in light, dark and high contrast", async () => {
    expect(await findings(desk.page)).toEqual([]);
    for (const theme of ["Dark", "High contrast, light", "High contrast, dark"]) {
      await desk.page.getByRole("button", { name: "Settings" }).click();
      await desk.page.getByRole("radio", { name: theme, exact: true }).click();
      expect(await findings(desk.page), theme + ", settings open").toEqual([]);
      await desk.page.keyboard.press("Escape");
      expect(await findings(desk.page), theme).toEqual([]);
      await desk.page.screenshot({ path: join(stack.dir, theme + ".png") });
    }
  });

  test("the window asks nobody but its own program", async () => {
    const elsewhere: string[] = [];
    desk.page.on("request", (r) => {
      if (!r.url().startsWith(desk.page.url().slice(0, 17)) && !/^(data|blob):/.test(r.url())) elsewhere.push(r.url());
    });
    await desk.page.reload();
    await desk.page.getByRole("switch", { name: "On queue" }).waitFor();
    expect(elsewhere).toEqual([]);
  });
});
