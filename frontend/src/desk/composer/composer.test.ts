import { createEvent, fireEvent, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { called, settled } from "../../shared/testing/desk";
import { open } from "../conversation/testing/open";

const user = () => userEvent.setup();
const box = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /^Reply to/ });
const send = () => screen.getByRole("button", { name: "Send" });

describe("composer", () => {
  it("has the keyboard when its tab comes to the front, with the kept draft", async () => {
    const { core } = await open("main");
    await waitFor(() => expect(document.activeElement).toBe(box()));
    expect(box().value).toMatch(/^The pole ships today/);
    expect(screen.getByText("Draft kept")).toBeTruthy();
    core.interactions.open("aarav");
    await settled();
    await waitFor(() => expect(document.activeElement).toBe(box()));
    expect(box().value).toBe("");
  });

  it("sends on Enter, breaks the line on Shift+Enter", async () => {
    const { core } = await open("failed");
    await user().type(box(), "one{Shift>}{Enter}{/Shift}two{Enter}");
    expect(called(core, "send")).toEqual([["priya-sms", "one\ntwo"]]);
    expect(box().value).toBe("");
    expect(called(core, "typing").length).toBeGreaterThan(0);
  });

  it("leaves Enter to an input method", async () => {
    const { core } = await open("failed");
    await user().type(box(), "に");
    await fireEvent.keyDown(box(), { key: "Enter", isComposing: true });
    await fireEvent.keyDown(box(), { key: "Enter", keyCode: 229 });
    expect(called(core, "send")).toEqual([]);
    await fireEvent.keyDown(box(), { key: "Enter" });
    expect(called(core, "send")).toEqual([["priya-sms", "に"]]);
  });

  it("sends on Ctrl+Enter where Enter is a new line", async () => {
    const { core } = await open("failed");
    const settings = { theme: "light", density: "default", textSize: 100, enterSends: false };
    core.push({ settings: settings as never });
    await settled();
    await user().type(box(), "a{Enter}b");
    expect(called(core, "send")).toEqual([]);
    await user().keyboard("{Control>}{Enter}{/Control}");
    expect(called(core, "send")).toEqual([["priya-sms", "a\nb"]]);
  });

  it("sends nothing that is nothing", async () => {
    const { core } = await open("failed");
    await user().type(box(), "   {Enter}");
    expect(called(core, "send")).toEqual([]);
    expect(send().getAttribute("aria-disabled")).toBe("true");
  });

  it("gives the text back when sending fails, and says why", async () => {
    const { core } = await open("failed");
    core.failures.set("send", "The disk is full.");
    await user().type(box(), "hello{Enter}");
    await settled();
    expect(box().value).toBe("hello");
    expect(screen.getByRole("alert").textContent).toBe("The disk is full.");
  });

  it("keeps the draft when the tab is left", async () => {
    const { core } = await open("main");
    core.interactions.open("aarav");
    await settled();
    await user().type(box(), "unfinished");
    core.interactions.open("mara");
    await settled();
    expect(called(core, "saveDraft").at(-1)).toEqual(["aarav", "unfinished"]);
    core.interactions.open("aarav");
    await settled();
    expect(box().value).toBe("unfinished");
  });

  it("counts from 80 % on and refuses what is too long, with the reason", async () => {
    const { core } = await open("main");
    core.interactions.open("aarav");
    await settled();
    await fireEvent.input(box(), { target: { value: "x".repeat(3276) } });
    expect(screen.queryByText(/of 4,096/)).toBeNull();
    await fireEvent.input(box(), { target: { value: "x".repeat(3277) } });
    expect(screen.getByText("3,277 of 4,096 characters")).toBeTruthy();
    await fireEvent.input(box(), { target: { value: "x".repeat(4097) } });
    expect(screen.getByText(/^1 character too many for /)).toBeTruthy();
    await user().click(send());
    await user().type(box(), "{Enter}");
    expect(called(core, "send")).toEqual([]);
    expect(box().getAttribute("aria-invalid")).toBe("true");
  });

  it("counts the parts of an SMS from the second on", async () => {
    const { core } = await open("failed");
    await fireEvent.input(box(), { target: { value: "x".repeat(160) } });
    expect(screen.queryByText(/SMS part/)).toBeNull();
    await fireEvent.input(box(), { target: { value: `${"x".repeat(160)}’` } });
    expect(screen.getByText("3 of 10 SMS parts")).toBeTruthy();
    await fireEvent.input(box(), { target: { value: "x".repeat(1531) } });
    expect(screen.getByText("1 SMS part too many")).toBeTruthy();
    await user().type(box(), "{Enter}");
    expect(called(core, "send")).toEqual([]);
  });

  it("attaches what is pasted, refuses what the channel does not take", async () => {
    const { core } = await open("main");
    const files = [
      new File(["hello"], "photo.png", { type: "image/png" }),
      new File(["MZ"], "setup.exe", { type: "application/x-msdownload" }),
    ];
    const paste = createEvent.paste(box(), { clipboardData: { files, getData: () => "" } });
    await fireEvent(box(), paste);
    await waitFor(() => expect(called(core, "addFile")).toEqual([["mara", "photo.png", "image/png"]]));
    await screen.findByRole("button", { name: "Remove photo.png" });
    await screen.findByText("setup.exe was not attached: X Direct Message takes PNG, JPEG, and PDF.");
    await user().click(screen.getByRole("button", { name: "Remove photo.png" }));
    await settled();
    expect(screen.queryByRole("list", { name: "Files to send" })).toBeNull();
  });

  it("takes text, not its picture, from office programs", async () => {
    const { core } = await open("main");
    const files = [new File(["x"], "image.png", { type: "image/png" })];
    const paste = createEvent.paste(box(), { clipboardData: { files, getData: () => "words" } });
    await fireEvent(box(), paste);
    expect([paste.defaultPrevented, called(core, "addFile")]).toEqual([false, []]);
  });

  it("offers no files where the channel takes none", async () => {
    await open("failed");
    expect(screen.queryByRole("button", { name: "Attach a file" })).toBeNull();
  });

  it("gives its place to the reason why no reply may be sent", async () => {
    const { core } = await open("main");
    core.change("mara", { permit: "Replies are accepted for 24 h." });
    await settled();
    expect(screen.queryByRole("textbox", { name: /^Reply to/ })).toBeNull();
    expect(screen.getByText("Replies are accepted for 24 h.")).toBeTruthy();
    expect(screen.getByText("Your draft is kept.")).toBeTruthy();
  });

  it("puts an emoji where the caret stands, by keyboard alone", async () => {
    await open("failed");
    await user().type(box(), "ab");
    box().setSelectionRange(1, 1);
    screen.getByRole("button", { name: "Emoji" }).focus();
    await user().keyboard("{Enter}");
    const search = await screen.findByRole("searchbox", { name: "Search emoji" });
    await user().type(search, "parcel{Enter}");
    await waitFor(() => expect(box().value).toBe("a📦b"));
  });
});
