import { screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { expect, test } from "vitest";
import { called, openDesk, settled } from "../shared/testing/desk";

const user = userEvent.setup();

/** Contrast needs a painted page: it is checked in the browser. */
async function findings(): Promise<string[]> {
  const result = await axe.run(document.body, {
    rules: { "color-contrast": { enabled: false } },
    resultTypes: ["violations"],
    elementRef: false,
  });
  return result.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}`));
}

/** The browser looks at every scene in every theme (scripts/pictures.mjs); here stand the main kinds of page. */
test.each(["alert", "not-responding", "offline", "wrapup", "empty", "signin-memory", "locked", "loading"] as const)(
  "axe finds nothing in scene %s",
  async (name) => {
    await openDesk(name);
    expect(await findings()).toEqual([]);
  },
);

test("axe finds nothing in settings, shortcuts and menus", async () => {
  await openDesk("main");
  await user.keyboard("{Control>},{/Control}");
  expect(screen.getByRole("heading", { name: "Settings" })).toBeTruthy();
  expect(await findings()).toEqual([]);
  await user.click(screen.getByLabelText("Change presence"));
  expect(screen.getByRole("menuitemradio", { name: "Break" })).toBeTruthy();
  expect(await findings()).toEqual([]);
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
  await user.keyboard("{F1}");
  expect(await screen.findByRole("dialog", { name: "Shortcuts" })).toBeTruthy();
  expect(await findings()).toEqual([]);
});

test("the first screen is reported once it is painted", async () => {
  const { core } = await openDesk("main");
  await settled();
  await settled();
  expect(called(core, "painted")).toEqual([["roster"]]);
});

test("F2 answers what rings, wherever the keyboard is, and Shift F2 declines", async () => {
  const { core } = await openDesk("alert");
  await user.keyboard("{F2}");
  expect(called(core, "answer")).toEqual([["jonas"]]);
  await settled();
  expect(screen.getByRole("tab", { selected: true }).textContent).toContain("Jonas Weber");
  await user.keyboard("{Shift>}{F2}{/Shift}");
  expect(called(core, "decline")).toEqual([]);
});

test("declining shows not responding, with one key back on queue", async () => {
  const { core } = await openDesk("alert");
  await user.keyboard("{Shift>}{F2}{/Shift}");
  await settled();
  expect(called(core, "decline")).toEqual([["jonas"]]);
  const card = screen.getByRole("region", { name: "Not responding" });
  expect(card.textContent).toContain("You missed Jonas Weber");
  await user.click(within(card).getByRole("button", { name: "Back on queue" }));
  expect(called(core, "setPresence")).toEqual([["on_queue"]]);
});

test("a refused answer says why on its card", async () => {
  await openDesk("alert", (core) => core.failures.set("answer", "Another agent was faster."));
  await user.click(screen.getByRole("button", { name: /^Answer/ }));
  await settled();
  const alert = screen.getByRole("group", { name: /Alerting: Jonas Weber/ });
  expect(within(alert).getByText("Another agent was faster.")).toBeTruthy();
});

test("Ctrl with a digit, PageDown and W work on tabs", async () => {
  const { core } = await openDesk("main");
  const selected = () => screen.getByRole("tab", { selected: true }).textContent;
  await user.keyboard("{Control>}2{/Control}");
  await settled();
  expect(selected()).toContain("Aarav Mehta");
  await user.keyboard("{Control>}{PageDown}{/Control}");
  await settled();
  expect(selected()).toContain("Chloé Besson");
  await user.keyboard("{Control>}{PageUp}{PageUp}{/Control}");
  await user.keyboard("{Control>}w{/Control}");
  expect(called(core, "close")).toHaveLength(1);
});

test("arrows, Home, End and letters move within the roster; one card is reached by Tab", async () => {
  await openDesk("main");
  const card = (id: string) => document.querySelector<HTMLElement>(`[data-card="${id}"]`);
  const stops = [...document.querySelectorAll("[data-card]")].filter((each) => each.getAttribute("tabindex") === "0");
  expect(stops.map((each) => each.getAttribute("data-card"))).toEqual(["mara"]);
  card("mara")?.focus();
  await user.keyboard("{ArrowDown}");
  await settled();
  expect(document.activeElement).toBe(card("priya"));
  await user.keyboard("{Home}");
  await settled();
  expect(document.activeElement).toBe(card("aarav"));
  await user.keyboard("{End}");
  await settled();
  expect(document.activeElement).toBe(card("nour"));
  await user.keyboard("c");
  await settled();
  expect(document.activeElement).toBe(card("chloe"));
});

test("Enter on a card opens its tab", async () => {
  const { core } = await openDesk("main");
  document.querySelector<HTMLElement>('[data-card="tomasz"]')?.focus();
  await user.keyboard("{Enter}");
  expect(called(core, "open")).toEqual([["tomasz"]]);
});

test("F6 goes round the areas of the window", async () => {
  await openDesk("main");
  const at = () => document.activeElement?.closest("[data-region]")?.getAttribute("data-region");
  (document.activeElement as HTMLElement).blur();
  const visited: unknown[] = [];
  for (let i = 0; i < 6; i++) {
    await user.keyboard("{F6}");
    visited.push(at());
  }
  expect(visited).toEqual(["bar", "rail", "roster", "conversation", "panel", "bar"]);
});

test("Escape takes one layer at a time: settings, then to the composer", async () => {
  await openDesk("main");
  await user.keyboard("{Control>},{/Control}");
  expect(screen.queryByRole("heading", { name: "Settings" })).toBeTruthy();
  await user.keyboard("{Escape}");
  await settled();
  expect(screen.queryByRole("heading", { name: "Settings" })).toBeNull();
  await user.keyboard("{Escape}");
  expect(document.activeElement?.hasAttribute("data-composer")).toBe(true);
});

test("panes are resized by keys", async () => {
  await openDesk("main");
  const separator = screen.getByRole("separator", { name: "Width of the list" });
  separator.focus();
  await user.keyboard("{ArrowRight}");
  expect(separator.getAttribute("aria-valuenow")).toBe("324");
  await user.keyboard("{Home}");
  expect(separator.getAttribute("aria-valuenow")).toBe("232");
});

test("the switch goes off queue and on again", async () => {
  const { core } = await openDesk("main");
  const toggle = screen.getByRole("switch", { name: "On queue" });
  expect(toggle.getAttribute("aria-checked")).toBe("true");
  await user.click(toggle);
  await settled();
  expect(toggle.getAttribute("aria-checked")).toBe("false");
  await user.click(toggle);
  expect(called(core, "setPresence")).toEqual([["available"], ["on_queue"]]);
});

test("signing in: the hub is looked up, a wrong password is said, the right one opens the desk", async () => {
  const { core } = await openDesk("signin");
  await user.type(screen.getByLabelText("Hub"), "parley.example.com");
  await user.type(screen.getByLabelText("Name"), "sofia");
  await screen.findByText("Found");
  await user.type(screen.getByLabelText("Password"), "wrong{Enter}");
  expect(await screen.findAllByText("The name or the password is not right.")).not.toHaveLength(0);
  await user.type(screen.getByLabelText("Password"), "right{Enter}");
  expect(await screen.findByRole("tablist", { name: "Open interactions" })).toBeTruthy();
  expect(called(core, "signIn")).toEqual([
    ["https://parley.example.com", "sofia"],
    ["https://parley.example.com", "sofia"],
  ]);
});

test("without a keychain, the choice of keeping comes before signing in", async () => {
  const { core } = await openDesk("signin-memory");
  await user.type(screen.getByLabelText("Hub"), "parley.example.com");
  await user.type(screen.getByLabelText("Name"), "sofia");
  await user.type(screen.getByLabelText("Password"), "right");
  await user.click(screen.getByRole("radio", { name: "Behind a passphrase" }));
  await user.type(screen.getByLabelText("Passphrase"), "a long one");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await settled();
  const order = core.calls.map(([name]) => name).filter((name) => name === "keep" || name === "signIn");
  expect([order, called(core, "keep")]).toEqual([["keep", "signIn"], [["passphrase"]]]);
});

test("a locked desk opens with its passphrase", async () => {
  await openDesk("locked");
  await user.type(screen.getByLabelText("Passphrase"), "wrong{Enter}");
  expect(await screen.findAllByText("This passphrase does not open the kept session.")).not.toHaveLength(0);
  await user.type(screen.getByLabelText("Passphrase"), "right{Enter}");
  expect(await screen.findByRole("tablist", { name: "Open interactions" })).toBeTruthy();
});

test("a sound check that fails says why", async () => {
  await openDesk("main", (core) => core.failures.set("testSound", "This computer has no sound device."));
  await user.keyboard("{Control>},{/Control}");
  await user.click(screen.getByRole("button", { name: "Check the sound" }));
  await settled();
  expect(
    within(screen.getByRole("region", { name: "Alerts" })).getByText("This computer has no sound device."),
  ).toBeTruthy();
});

test("offline, the strip tells since when, what waits and how far all is known", async () => {
  await openDesk("offline");
  const strip = screen.getByText(/^Offline since/).closest("div");
  expect(strip?.textContent).toMatch(
    /Offline since \d\d:\d\d.*3 waiting to be sent.*Complete to \d\d:\d\d:\d\d.*Next try in \d+ s/s,
  );
});

test("offline, the next try can be had now, and the keyboard stays there", async () => {
  const { core } = await openDesk("offline");
  const now = screen.getByRole("button", { name: "Try now" });
  expect(screen.getByText(/^Next try in/)).toBeTruthy();
  now.focus();
  await user.keyboard("{Enter}");
  await settled();
  expect(called(core, "reconnect")).toEqual([[]]);
  expect(document.activeElement).toBe(now);
  await user.keyboard("{Enter}"); // while that try is under way
  expect(called(core, "reconnect")).toEqual([[]]);
});
