import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { tick } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import Tip from "./Tip.svelte";
import { place, type Side } from "./tip";

const view = { width: 1000, height: 600 };
const tip = { width: 100, height: 30 };
const anchor = (left: number, top: number) => new DOMRect(left, top, 40, 40);

test.each<[name: string, at: DOMRect, side: Side, x: number, y: number]>([
  ["below", anchor(500, 300), "bottom", 470, 346],
  ["above", anchor(500, 300), "top", 470, 264],
  ["beside", anchor(500, 300), "right", 546, 305],
  ["on the left", anchor(500, 300), "left", 394, 305],
  ["above where there is no room below", anchor(500, 550), "bottom", 470, 514],
  ["on the left where there is no room on the right", anchor(920, 300), "right", 814, 305],
  ["within the window's edge", anchor(0, 300), "bottom", 8, 346],
  ["within the other edge", anchor(960, 300), "top", 892, 264],
])("a tip stands %s", (_, at, side, x, y) => {
  expect(place(at, tip, side, view)).toEqual({ x, y });
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

/** Two buttons, the second with a key, and the window's tip. */
function stage() {
  document.body.innerHTML = `<main><button data-tip="Details">d</button>
    <button data-tip="Settings" data-keys="Ctrl ,">s</button><button>plain</button></main>`;
  render(Tip);
  const [details, settings, plain] = screen.getAllByRole("button") as [HTMLElement, HTMLElement, HTMLElement];
  return { details, settings, plain, user: userEvent.setup({ advanceTimers: vi.advanceTimersByTime }) };
}

async function wait(ms: number) {
  await vi.advanceTimersByTimeAsync(ms);
  await tick();
}

const shown = () => screen.queryByRole("tooltip")?.textContent ?? "";

test("a tip comes where the pointer rests and goes when it leaves", async () => {
  const { details, plain, user } = stage();
  await user.hover(details);
  await wait(400);
  expect(shown()).toBe("");
  await wait(200);
  expect(shown()).toBe("Details");
  await user.hover(plain);
  await wait(50);
  expect(shown()).toBe("Details");
  await wait(100);
  expect(shown()).toBe("");
});

test("the pointer may go onto the tip, and from one to the next without another rest", async () => {
  const { details, settings, user } = stage();
  await user.hover(details);
  await wait(600);
  await user.hover(screen.getByRole("tooltip"));
  await wait(1000);
  expect(shown()).toBe("Details");
  await user.hover(settings);
  await wait(1);
  expect(shown()).toBe("SettingsCtrl ,");
});

test("the keyboard brings it at once with its key, and Escape takes it away", async () => {
  vi.useRealTimers();
  const { settings } = stage();
  vi.spyOn(settings, "matches").mockReturnValue(true); // jsdom knows no :focus-visible
  settings.focus();
  await tick();
  expect(shown()).toBe("SettingsCtrl ,");
  expect(settings.getAttribute("aria-describedby")).toBe(screen.getByRole("tooltip").id);
  const { violations } = await axe.run(document.body, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  expect(violations.map((rule) => rule.id)).toEqual([]);
  await userEvent.keyboard("{Escape}");
  expect(shown()).toBe("");
  expect(settings.hasAttribute("aria-describedby")).toBe(false);
});

test("a press takes it away", async () => {
  const { details, user } = stage();
  await user.hover(details);
  await wait(600);
  vi.spyOn(details, "matches").mockReturnValue(false); // a press is no keyboard
  await user.click(details);
  await tick();
  expect(shown()).toBe("");
});

test("it goes with what it speaks of, and does not come for what has gone", async () => {
  const { details, settings, user } = stage();
  await user.hover(details);
  await wait(600);
  details.remove();
  await wait(0);
  expect(shown()).toBe("");
  await wait(300);
  await user.hover(settings);
  settings.remove();
  await wait(600);
  expect(shown()).toBe("");
});
