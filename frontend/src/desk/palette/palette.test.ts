import { screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { describe, expect, it } from "vitest";
import { called, openDesk, settled } from "../../shared/testing/desk";

type Keys = ReturnType<typeof userEvent.setup>;

async function summon(keys: Keys): Promise<HTMLElement> {
  await keys.keyboard("{Control>}k{/Control}");
  const dialog = await screen.findByRole("dialog", { name: "Find or do" });
  await waitFor(() => expect(document.activeElement).toBe(within(dialog).getByRole("combobox")));
  return dialog;
}

async function palette() {
  const { core } = await openDesk("main");
  const keys = userEvent.setup();
  return { core, keys, dialog: await summon(keys) };
}

describe("find or do", () => {
  it("goes to an interaction by name", async () => {
    const { core, keys, dialog } = await palette();
    expect((await axe.run(dialog, { rules: { "color-contrast": { enabled: false } } })).violations).toEqual([]);
    await keys.keyboard("chloe{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await settled();
    expect(called(core, "open")).toEqual([["chloe"]]);
  });

  it("transfers the interaction on show", async () => {
    const { keys } = await palette();
    await keys.keyboard("transf{Enter}");
    expect(await screen.findByRole("dialog", { name: "Transfer Mara Lindholm" })).toBeTruthy();
  });

  it("changes presence and leaves a queue", async () => {
    const { core, keys } = await palette();
    await keys.keyboard("presence meal{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await summon(keys);
    await keys.keyboard("leave orders{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await settled();
    expect(called(core, "setPresence")).toEqual([["meal"]]);
    expect(called(core, "setQueue")).toEqual([["orders", false]]);
  });

  it("says when nothing is called that", async () => {
    const { keys } = await palette();
    await keys.keyboard("zzzz");
    expect(screen.getByText("Nothing by that name")).toBeTruthy();
  });
});
