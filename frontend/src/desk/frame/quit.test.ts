import { screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { expect, test } from "vitest";
import { scene } from "../../bridge/fake";
import { called, openDesk, settled } from "../../shared/testing/desk";

const user = userEvent.setup();
const named = { name: "What becomes of the demo hub?" };
const question = () => screen.queryByRole("alertdialog", named);
const button = (name: string) => screen.getByRole("button", { name });

test("closing asks in the window, by keyboard too, and axe finds nothing", async () => {
  const { core } = await openDesk("quit");
  await waitFor(() => expect(document.activeElement).toBe(button("Cancel")));
  const { violations } = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map((each) => each.id)).toEqual([]);
  await user.tab();
  expect(document.activeElement).toBe(button("Keep it running"));
  await user.keyboard("{Enter}");
  expect(called(core, "leave")).toEqual([["keep", false]]);
});

test("the choice is remembered where that is wanted", async () => {
  const { core } = await openDesk("quit");
  await user.click(screen.getByRole("switch", { name: "Do the same next time" }));
  await user.click(button("End it"));
  expect(called(core, "leave")).toEqual([["end", true]]);
});

test("Escape stays, and a later question remembers nothing of this one", async () => {
  const { core } = await openDesk("quit");
  await user.click(screen.getByRole("switch", { name: "Do the same next time" }));
  await user.keyboard("{Escape}");
  expect(called(core, "stay")).toEqual([[]]);
  await waitFor(() => expect(question()).toBeNull());
  core.push({ session: scene("quit", Date.now()).push.session });
  await settled();
  expect(screen.getByRole("switch", { name: "Do the same next time" }).getAttribute("aria-checked")).toBe("false");
});

test("what went wrong stands in the question, which can be answered again", async () => {
  const { core } = await openDesk("quit", (core) => core.failures.set("leave", "The settings could not be kept."));
  await user.click(button("End it"));
  expect((await within(screen.getByRole("alertdialog", named)).findByRole("alert")).textContent).toContain(
    "The settings could not be kept.",
  );
  await user.click(button("End it"));
  expect(called(core, "leave")).toHaveLength(2);
});

test("shortcuts do nothing behind it", async () => {
  const { core } = await openDesk("quit");
  await user.keyboard("{Control>}e{/Control}");
  expect(called(core, "end")).toEqual([]);
});

test("the settings change it, where there is a demo", async () => {
  const { core } = await openDesk("quit");
  await user.keyboard("{Escape}");
  await waitFor(() => expect(question()).toBeNull());
  await user.keyboard("{Control>},{/Control}");
  await user.click(screen.getByRole("radio", { name: "Keep it running" }));
  expect(called(core, "set")).toMatchObject([[{ onQuit: "keep" }]]);
});

test("a desk at another hub has no such setting", async () => {
  await openDesk("main");
  await user.keyboard("{Control>},{/Control}");
  expect(screen.queryByRole("heading", { name: "Demo hub" })).toBeNull();
});
