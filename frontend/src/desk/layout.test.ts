import { expect, test } from "vitest";
import { Layout } from "./layout.svelte";

function memory(initial: Record<string, string> = {}): Storage {
  const kept = new Map(Object.entries(initial));
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as Storage;
}

test("widths stay within bounds and are remembered", () => {
  const storage = memory();
  const layout = new Layout(storage);
  layout.setWidth("roster", 9999);
  layout.setWidth("panel", 10);
  layout.togglePanel();
  const next = new Layout(storage);
  expect([next.rosterWidth, next.panelWidth, next.panelShown]).toEqual([460, 248, false]);
});

test("what is not ours is not believed", () => {
  for (const kept of ["no json", "[]", "null", '{"roster":"wide"}']) {
    const layout = new Layout(memory({ "parley.layout": kept }));
    expect([layout.rosterWidth, layout.panelWidth], kept).toEqual([312, 316]);
  }
});

test("a small window makes the panel an overlay that is not remembered, a narrow one the roster a strip", () => {
  const storage = memory();
  const layout = new Layout(storage);
  layout.resized(1199);
  expect([layout.panelShown, layout.small, layout.rosterWidth]).toEqual([false, true, 276]);
  layout.togglePanel();
  expect([layout.panelShown, storage.getItem("parley.layout")]).toEqual([true, null]);
  layout.resized(899);
  expect([layout.strip, layout.rosterWidth]).toEqual([true, 60]);
  layout.show("settings");
  expect(layout.panelShown).toBe(false);
});
