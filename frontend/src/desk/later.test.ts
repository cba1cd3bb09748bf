import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { tick } from "svelte";
import { expect, test, vi } from "vitest";
import { FakeCore, scene } from "../bridge/fake";
import { called, settled } from "../shared/testing/desk";
import App from "./App.svelte";
import { later } from "./later.svelte";

/** What a first screen without its parts has is the same that it has with them. */
const faces = () => [
  ...document.querySelectorAll(".presence-menu, .rail .rail-item, .roster header .end, .composer .tools .btn"),
];

test("the first screen stands without the parts, which follow it", async () => {
  const load = vi.spyOn(later, "load");
  const core = new FakeCore(scene("main", Date.now()));
  render(App, { bridge: core });
  await Promise.resolve();
  await tick();
  const before = faces().map((each) => each.className);
  expect(load).not.toHaveBeenCalled();
  expect(before.length).toBeGreaterThan(5);
  expect(screen.queryByLabelText("Change presence")).toBeNull();

  // What is asked for meanwhile comes when it can.
  await userEvent.setup().keyboard("{F1}");
  await settled();
  await settled();
  expect(called(core, "painted")).toEqual([["roster"]]);
  expect(load).toHaveBeenCalled();
  await later.load();
  await settled();
  expect(document.querySelector("[role=dialog]")?.textContent).toContain("Shortcuts");
  expect(screen.getByLabelText("Change presence").getAttribute("aria-haspopup")).toBe("menu");
  expect(faces().map((each) => each.className)).toEqual(before);
});
