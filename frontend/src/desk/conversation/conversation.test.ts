import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { describe, expect, it, vi } from "vitest";
import { item } from "../../bridge/fake/transcripts";
import type { Item } from "../../bridge/types";
import { called, settled } from "../../shared/testing/desk";
import { open } from "./testing/open";

const user = () => userEvent.setup();
const box = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /^Reply to/ });
const line = (text: string | RegExp) => screen.getByRole("article", { name: text });

function them(id: string, text: string, more: Partial<Item> = {}): Item {
  return item({ id, atMs: Date.now(), direction: "inbound", author: "Mara Lindholm", text, ...more });
}

describe("transcript", () => {
  it("names the lines, their place and what can be done about them", async () => {
    await open("failed");
    const failed = line(/Your code for the locker is 4471/);
    expect(failed.getAttribute("aria-setsize")).toBe("11");
    expect(failed.textContent).toContain("Not sent. The number cannot receive SMS.");
    expect(within(line(/I will call you/)).getByText("Waiting to be sent")).toBeTruthy();
    expect(line(/beside the south door/).textContent).toContain("Unknown. The carrier did not answer in time.");
  });

  it("sends a failed message again", async () => {
    const { core } = await open("failed");
    await user().click(within(line(/4471/)).getByRole("button", { name: "Send again" }));
    expect(called(core, "retry")).toEqual([["priya-sms", "sms-failed"]]);
  });

  it("takes the agent's word for a message whose fate is unknown, or sends it again", async () => {
    const { core } = await open("failed");
    const unknown = line(/beside the south door/);
    expect(within(unknown).getByRole("button", { name: "Send again" })).toBeTruthy();
    await user().click(within(unknown).getByRole("button", { name: "It arrived" }));
    await settled();
    expect(called(core, "confirm")).toEqual([["priya-sms", "sms-unknown"]]);
    expect(within(line(/beside the south door/)).getByText("Sent, confirmed by the agent")).toBeTruthy();
    expect(within(line(/beside the south door/)).queryByRole("button")).toBeNull();
    expect(document.activeElement).toBe(line(/beside the south door/));
  });

  it("takes a failed message back into the composer, in front of what stands there", async () => {
    const { core } = await open("failed");
    await user().type(box(), "draft");
    await user().click(within(line(/4471/)).getByRole("button", { name: "Edit" }));
    await settled();
    expect(called(core, "edit")).toEqual([["priya-sms", "sms-failed"]]);
    expect(box().value).toBe("Your code for the locker is 4471\ndraft");
    await waitFor(() => expect(screen.queryByRole("article", { name: /4471/ })).toBeNull());
  });

  it("takes a message's files back to the tab with its text", async () => {
    await open("failed");
    await user().click(within(line(/I will call you/)).getByRole("button", { name: "Edit" }));
    await settled();
    expect(box().value).toBe("I will call you instead.");
    const chosen = screen.getByRole("list", { name: "Files to send" });
    expect(within(chosen).getByText("ridge-pole.jpg")).toBeTruthy();
  });

  it("shows what nobody wrote, the rating and the words after it", async () => {
    const { core } = await open("main");
    const event = { id: "e-1", kind: "event", atMs: 1, text: "", event: "survey_answered", detail: "4" };
    core.push({
      transcripts: [
        {
          conversation: "mara",
          from: 0,
          total: 3,
          items: [
            item({ id: "q", atMs: 1, direction: "outbound", text: "How was it?", auto: "survey" }),
            item(event),
            item({ ...event, id: "e-2", event: "survey_commented", detail: "", text: "More hills." }),
          ],
        },
      ],
    });
    await settled();
    expect(within(line(/How was it/)).getByText("Survey")).toBeTruthy();
    expect(line(/The contact’s rating: 4/)).toBeTruthy();
    expect(within(line(/The contact added: More hills/)).getByText("More hills.")).toBeTruthy();
  });

  it("removes only what the hub has not taken on", async () => {
    const { core } = await open("failed");
    const failed = () => within(line(/4471/)).queryByRole("button", { name: "Remove" });
    expect(failed()).toBeTruthy();
    const taken = item({ id: "sms-failed", atMs: 1, direction: "outbound", text: "4471", delivery: "failed" });
    core.push({ transcripts: [{ conversation: "priya-sms", from: 0, total: 1, items: [taken] }] });
    await settled();
    expect(failed()).toBeNull();
    expect(within(line(/4471/)).getByRole("button", { name: "Edit" })).toBeTruthy();
  });

  it("withdraws what waits, without touching the composer", async () => {
    const { core } = await open("failed");
    await user().click(within(line(/I will call you/)).getByRole("button", { name: "Withdraw" }));
    await settled();
    expect(called(core, "withdraw")).toEqual([["priya-sms", "sms-pending"]]);
    expect(box().value).toBe("");
  });

  it("says beside the message why an action failed", async () => {
    const { core } = await open("failed");
    core.failures.set("edit", "It has left already.");
    await user().click(within(line(/I will call you/)).getByRole("button", { name: "Edit" }));
    await settled();
    expect(within(line(/I will call you/)).getByRole("alert").textContent).toBe("It has left already.");
    expect(box().value).toBe("");
  });

  it("opens links through the core and shows markup as text", async () => {
    const { core } = await open("main");
    core.push({
      transcripts: [
        {
          conversation: "mara",
          from: 0,
          total: 1,
          items: [them("x", `<img src=x onerror=alert(1)> [a](javascript:alert(1)) https://аррӏе.com/x`)],
        },
      ],
    });
    await settled();
    const links = within(screen.getByRole("feed")).getAllByRole("link");
    expect(links.map((each) => each.getAttribute("href"))).toEqual(["https://xn--80ak6aa92e.com/x"]);
    expect(screen.getByRole("feed").querySelector("img")).toBeNull();
    expect(screen.getByText("(xn--80ak6aa92e.com)", { exact: false })).toBeTruthy();
    await user().click(links[0] as HTMLElement);
    expect(called(core, "openLink")).toEqual([["https://xn--80ak6aa92e.com/x"]]);
  });

  it("moves through the lines by key, one tab stop", async () => {
    await open("main");
    const feed = screen.getByRole("feed");
    const stops = () =>
      within(feed)
        .getAllByRole("article")
        .filter((each) => each.tabIndex === 0);
    expect(stops().map((each) => each.dataset["index"])).toEqual(["10"]);
    stops()[0]?.focus();
    await user().keyboard("{ArrowUp}{ArrowUp}");
    await waitFor(() => expect((document.activeElement as HTMLElement).dataset["index"]).toBe("8"));
    expect(stops().map((each) => each.dataset["index"])).toEqual(["8"]);
    await user().keyboard("{End}");
    await waitFor(() => expect((document.activeElement as HTMLElement).dataset["index"]).toBe("10"));
    await user().tab();
    expect(document.activeElement?.textContent?.trim()).toBe("Send again");
  });

  it("reads out what arrives, once", async () => {
    const { core } = await open("main");
    const polite = () => document.querySelector('[aria-live="polite"]')?.textContent ?? "";
    core.push({ transcripts: [{ conversation: "mara", from: 11, total: 12, items: [them("n1", "Are you there?")] }] });
    await settled();
    expect(polite()).toContain("Mara Lindholm: Are you there?");
    core.push({
      transcripts: [
        { conversation: "mara", from: 11, total: 13, items: [them("n1", "Are you there?"), them("n2", "Hello?")] },
      ],
    });
    await settled();
    expect(polite()).toContain("Mara Lindholm: Hello?");
    expect(polite()).not.toContain("there");
  });

  it("marks as read what is in view while the window has the keyboard", async () => {
    const { core } = await open("main");
    const marked = () => called(core, "markRead").filter(([id]) => id === "mara");
    await fireEvent.blur(window);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      core.change("mara", { unread: 1, inbound: 4 });
      await settled();
      vi.advanceTimersByTime(1000);
      expect(marked()).toEqual([]);
      await fireEvent.focus(window);
      await settled();
      expect(marked()).toEqual([]);
      vi.advanceTimersByTime(1000);
      expect(marked()).toEqual([["mara", 4]]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("header", () => {
  it("ends with one press or its key", async () => {
    const { core } = await open("main");
    await user().keyboard("{Control>}e{/Control}");
    await settled();
    expect(called(core, "end")).toEqual([["mara"]]);
    expect(screen.getByRole("form", { name: "After-call work" })).toBeTruthy();
  });

  it("says what is known when the hub is out of reach", async () => {
    await open("offline");
    expect(screen.getByText(/^Last known state/)).toBeTruthy();
    expect(screen.getByRole("button", { name: "Send later" })).toBeTruthy();
  });
});

describe("wrap-up", () => {
  it("takes a code by digit and completes by Enter", async () => {
    const { core } = await open("wrapup");
    const complete = screen.getByRole("button", { name: /^Complete/ });
    expect(complete.getAttribute("aria-disabled")).toBe("true");
    await user().keyboard("2");
    expect(screen.getByRole("radio", { name: "Product advice" }).getAttribute("aria-checked")).toBe("true");
    await user().keyboard("3{Enter}");
    await settled();
    expect(called(core, "wrapUp").map(([id]) => id)).toEqual(["hanna"]);
    expect(screen.getByText("This conversation has ended.")).toBeTruthy();
    expect(screen.getByText(/Wrapped up as “Return or refund”/)).toBeTruthy();
  });

  it("does nothing on Enter before a code was chosen", async () => {
    const { core } = await open("wrapup");
    await user().keyboard("{Enter}");
    expect(called(core, "wrapUp")).toEqual([]);
  });

  it("says why it was refused and stays", async () => {
    const { core } = await open("wrapup");
    core.failures.set("wrapUp", "This code was removed.");
    await user().keyboard("1{Enter}");
    await settled();
    const form = screen.getByRole("form", { name: "After-call work" });
    expect(within(form).getByRole("alert").textContent).toBe("This code was removed.");
  });
});

describe("accessibility", () => {
  for (const name of ["main", "failed", "wrapup", "offline", "rtl", "long"] as const) {
    it(`axe finds nothing in ${name}`, async () => {
      await open(name);
      const parts = document.querySelectorAll(".conv, .panel-body");
      expect(parts.length).toBe(2);
      const { violations } = await axe.run([...parts] as unknown as axe.ElementContext, {
        rules: { "color-contrast": { enabled: false }, region: { enabled: false } }, // jsdom paints nothing
      });
      expect(violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
    });
  }
});
