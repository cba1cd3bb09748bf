import { expect, test } from "vitest";
import { command } from "./shortcuts";

const none = { code: "", ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };
const ctrl = { ...none, ctrlKey: true };

test.each([
  ["F2 answers", { ...none, key: "F2" }, { do: "answer" }],
  ["Shift F2 declines", { ...none, key: "F2", shiftKey: true }, { do: "decline" }],
  ["Ctrl 1", { ...ctrl, key: "1", code: "Digit1" }, { do: "tab", index: 0 }],
  ["Ctrl 9 on a French layout", { ...ctrl, key: "ç", code: "Digit9" }, { do: "tab", index: 8 }],
  ["Ctrl 3 on the number pad", { ...ctrl, key: "3", code: "Numpad3" }, { do: "tab", index: 2 }],
  ["Ctrl Tab", { ...ctrl, key: "Tab" }, { do: "next-tab" }],
  ["Ctrl Shift Tab", { ...ctrl, key: "Tab", shiftKey: true }, { do: "previous-tab" }],
  ["Ctrl PageDown", { ...ctrl, key: "PageDown" }, { do: "next-tab" }],
  ["Ctrl W", { ...ctrl, key: "w" }, { do: "close-tab" }],
  ["Ctrl Shift Q", { ...ctrl, key: "Q", shiftKey: true }, { do: "queue" }],
  ["Shift F6", { ...none, key: "F6", shiftKey: true }, { do: "previous-region" }],
  ["Escape", { ...none, key: "Escape" }, { do: "back" }],
  ["a letter", { ...none, key: "w" }, undefined],
  ["AltGr with a letter, as Polish types", { ...ctrl, key: "w", altKey: true }, undefined],
  ["Ctrl Shift W", { ...ctrl, key: "W", shiftKey: true }, undefined],
])("%s", (_, event, want) => {
  expect(command(event, false)).toEqual(want);
});

test("on a Mac, Command stands for Ctrl, save for Ctrl Tab", () => {
  const meta = { ...none, metaKey: true };
  expect(command({ ...meta, key: "w" }, true)).toEqual({ do: "close-tab" });
  expect(command({ ...ctrl, key: "w" }, true)).toBeUndefined();
  expect(command({ ...ctrl, key: "Tab" }, true)).toEqual({ do: "next-tab" });
});
