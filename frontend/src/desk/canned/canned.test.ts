import { screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { describe, expect, it } from "vitest";
import { org } from "../../bridge/fake/people";
import { called, settled } from "../../shared/testing/desk";
import { open } from "../conversation/testing/open";
import { fill, find, slash } from "./canned";

const box = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /^Reply to/ });

describe("canned responses", () => {
  it("are searched by / and fill in their placeholders, by keyboard alone", async () => {
    const { core } = await open("main");
    const keys = userEvent.setup();
    await keys.clear(box());
    await keys.type(box(), "Hi! /spare");
    const list = screen.getByRole("listbox", { name: "Canned responses" });
    expect(within(list).getAllByRole("option")).toHaveLength(1);
    expect(box().getAttribute("aria-activedescendant")).toBe(within(list).getByRole("option").id);
    expect(
      (await axe.run(document.body, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } }))
        .violations,
    ).toEqual([]);
    await keys.keyboard("{Enter}");
    await settled();
    expect(box().value).toBe("Hi! Hello Mara, a new part can be with you on Thursday, at no charge.");
    expect(called(core, "send")).toEqual([]);
    await keys.keyboard("{Enter}");
    expect(called(core, "send")).toHaveLength(1);
  });

  it("let go at Escape, and Enter sends what was typed", async () => {
    const { core } = await open("main");
    const keys = userEvent.setup();
    await keys.clear(box());
    await keys.type(box(), "/bye{Escape}");
    expect(screen.queryByRole("listbox", { name: "Canned responses" })).toBeNull();
    await keys.keyboard("{Enter}");
    expect(called(core, "send")).toEqual([["mara", "/bye"]]);
  });

  it("show those of the interaction's queue, by name first", () => {
    const libraries = org().libraries;
    expect(find(libraries, "orders", "").map((each) => each.id)).toEqual(["spare", "keep", "bye"]);
    expect(find(libraries, "returns", "label").map((each) => each.id)).toEqual(["label"]);
    expect(find(libraries, "orders", "PART").map((each) => each.id)).toEqual(["spare", "keep"]);
    expect(find(libraries, "orders", "nothing like it")).toEqual([]);
  });

  it("read well of somebody without a name", () => {
    expect(fill("Hello {{contact.firstName}}, welcome", { "contact.firstName": "" })).toBe("Hello, welcome");
    expect(fill("Hello {{ contact.firstName }}, welcome", { "contact.firstName": "Mara" })).toBe("Hello Mara, welcome");
    expect(fill("{{unheard.of}}Bye", {})).toBe("Bye");
  });

  it.each([
    ["/", 1, ""],
    ["a /de", 5, "de"],
    ["/spare part", 11, "spare part"],
    ["line\n/x", 7, "x"],
  ])("%j is a search", (text, caret, words) => expect(slash(text, caret)?.words).toBe(words));

  it.each([
    ["and/or", 6],
    ["https://a.b", 11],
    ["/ x", 3],
    ["/done\n", 6],
    ["", 0],
  ])("%j is none", (text, caret) => expect(slash(text, caret)).toBeUndefined());
});
