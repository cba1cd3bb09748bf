import { screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { describe, expect, it } from "vitest";
import { targets } from "../../bridge/fake/people";
import { called, settled } from "../../shared/testing/desk";
import { open } from "../conversation/testing/open";
import { find } from "./find";
import { choices } from "./times";

const user = () => userEvent.setup();

describe("transfer", () => {
  it("goes to a colleague with a note, by keyboard alone", async () => {
    const { core } = await open("main");
    const keys = user();
    await keys.keyboard("{Control>}{Shift>}T{/Shift}{/Control}");
    const dialog = await screen.findByRole("dialog", { name: "Transfer Mara Lindholm" });
    await waitFor(() => expect(within(dialog).getByRole("radio", { name: /Mei Tanaka/ })).toBeTruthy());
    await waitFor(() =>
      expect(document.activeElement).toBe(within(dialog).getByRole("textbox", { name: "Find a queue or a colleague" })),
    );
    await keys.keyboard("dán{Enter}");
    expect(
      within(dialog)
        .getByRole("radio", { name: /Daniel/ })
        .getAttribute("aria-checked"),
    ).toBe("true");
    await keys.type(within(dialog).getByRole("textbox", { name: /Note/ }), "knows the order");
    await keys.keyboard("{Control>}{Enter}{/Control}");
    await settled();
    expect(called(core, "transfer")).toEqual([["mara", "", "agent-2", "knows the order"]]);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("says who takes nothing now, and stays open when it is refused", async () => {
    const { core } = await open("main");
    core.failures.set("transfer", "The conversation is not yours any more");
    await user().click(screen.getByRole("button", { name: "Transfer" }));
    await user().click(await screen.findByRole("radio", { name: /Express answers/ }));
    expect(screen.getByText("Nobody is on queue for Express answers now.")).toBeTruthy();
    await user().click(screen.getByRole("button", { name: "Transfer to Express answers" }));
    await settled();
    expect(screen.getByRole("alert").textContent).toContain("not yours any more");
    expect(
      (await axe.run(screen.getByRole("dialog"), { rules: { "color-contrast": { enabled: false } } })).violations,
    ).toEqual([]);
  });

  it("lists queues first, then who is free, least busy first", () => {
    expect(find(targets, "", "orders", "sofia").map((each) => each.name)).toEqual([
      "Returns",
      "Express answers",
      "Mei Tanaka",
      "Daniel Okafor",
      "Lukas Brandt",
    ]);
    expect(find(targets, "MEI tan", "", "").map((each) => each.name)).toEqual(["Mei Tanaka"]);
    expect(find(targets, "", "", "agent-3").map((each) => each.id)).not.toContain("agent-3");
  });
});

describe("park", () => {
  it("offers the usual times", () => {
    const at = new Date(2026, 10, 26, 17, 30).getTime();
    expect(choices(at).map((each) => new Date(each.atMs).toTimeString().slice(0, 5))).toEqual([
      "17:45",
      "18:30",
      "20:30",
      "09:00",
    ]);
    expect(new Date(choices(at)[3]?.atMs ?? 0).getDate()).toBe(27);
    const early = new Date(2026, 10, 26, 3, 0).getTime();
    expect(new Date(choices(early)[3]?.atMs ?? 0).getDate()).toBe(26);
  });

  it("parks, and takes up again", async () => {
    const { core } = await open("main");
    await user().keyboard("{Control>}{Shift>}P{/Shift}{/Control}");
    await user().click(await screen.findByRole("button", { name: /In an hour/ }));
    await settled();
    const [[id, until] = []] = called(core, "park");
    expect(id).toBe("mara");
    expect(Math.abs(Number(until) - Date.now() - 3_600_000)).toBeLessThan(60_000);
    await user().click(await screen.findByRole("button", { name: "Take it up again" }));
    expect(called(core, "resume")).toEqual([["mara"]]);
  });
});

describe("help and notes", () => {
  it("asks for help once and takes it back", async () => {
    const { core } = await open("main");
    await user().click(screen.getByRole("button", { name: "Ask for help" }));
    await user().click(await screen.findByRole("button", { name: "Help asked for", pressed: true }));
    expect(called(core, "askHelp")).toEqual([
      ["mara", true],
      ["mara", false],
    ]);
  });

  it("shows notes as what they are, and who transferred", async () => {
    await open("handed");
    expect(screen.getByRole("complementary", { name: "Transferred to you" }).textContent).toContain(
      "address is missing",
    );
    expect(screen.getByRole("article", { name: /^Note by Daniel Okafor, colleagues only/ })).toBeTruthy();
    expect(screen.getByRole("article", { name: /^Your note, colleagues only.*Asks twice/ }).textContent).toContain(
      "Waiting to be sent",
    );
  });
});
