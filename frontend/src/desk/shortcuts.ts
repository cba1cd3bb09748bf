import type { PlainKey } from "../shared/i18n";

/** What a key can do in the window, wherever the keyboard is. */
export type Command =
  | { do: "answer" }
  | { do: "decline" }
  | { do: "tab"; index: number }
  | { do: "next-tab" }
  | { do: "previous-tab" }
  | { do: "close-tab" }
  | { do: "next-urgent" }
  | { do: "next-region" }
  | { do: "previous-region" }
  | { do: "panel" }
  | { do: "queue" }
  | { do: "settings" }
  | { do: "board" }
  | { do: "palette" }
  | { do: "shortcuts" }
  | { do: "back" };

type Pressed = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/**
 * command says what a key press means; undefined if nothing. On macOS Command
 * stands for Ctrl. No shortcut takes Alt with a letter: other layouts type with it.
 */
export function command(event: Pressed, mac: boolean): Command | undefined {
  const { key, shiftKey: shift } = event;
  const main = mac ? event.metaKey : event.ctrlKey;
  if (event.altKey) return undefined;
  if (event.ctrlKey && key === "Tab") return { do: shift ? "previous-tab" : "next-tab" };
  if (main) return withMain(event, key.toLowerCase(), shift);
  if (event.ctrlKey || event.metaKey) return undefined;
  switch (key) {
    case "F1":
      return { do: "shortcuts" };
    case "F2":
      return { do: shift ? "decline" : "answer" };
    case "F6":
      return { do: shift ? "previous-region" : "next-region" };
    case "Escape":
      return { do: "back" };
  }
  return undefined;
}

function withMain(event: Pressed, key: string, shift: boolean): Command | undefined {
  if (shift) return key === "q" ? { do: "queue" } : undefined;
  // The digit's place counts, since some layouts type digits with Shift.
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1] ?? (/^[1-9]$/.test(key) ? key : undefined);
  if (digit) return { do: "tab", index: Number(digit) - 1 };
  switch (key) {
    case "pagedown":
      return { do: "next-tab" };
    case "pageup":
      return { do: "previous-tab" };
    case "w":
      return { do: "close-tab" };
    case "j":
      return { do: "next-urgent" };
    case "i":
      return { do: "panel" };
    case ",":
      return { do: "settings" };
    case "b":
      return { do: "board" };
    case "k":
      return { do: "palette" };
    case "/":
      return { do: "shortcuts" };
  }
  return undefined;
}

interface Shortcut {
  label: PlainKey;
  /** Key caps in the order of pressing; Mod is Ctrl, or Command on macOS. */
  caps: string[];
}

/** The sheet of shortcuts, by group. */
export const sheet: { title: PlainKey; shortcuts: Shortcut[] }[] = [
  {
    title: "keys.alerting",
    shortcuts: [
      { label: "keys.answer", caps: ["F2"] },
      { label: "keys.decline", caps: ["Shift", "F2"] },
    ],
  },
  {
    title: "keys.between",
    shortcuts: [
      { label: "keys.nextUrgent", caps: ["Mod", "J"] },
      { label: "keys.tab", caps: ["Mod", "1…9"] },
      { label: "keys.nextTab", caps: ["Mod", "PgDn"] },
      { label: "keys.previousTab", caps: ["Mod", "PgUp"] },
      { label: "keys.closeTab", caps: ["Mod", "W"] },
    ],
  },
  {
    title: "keys.interaction",
    shortcuts: [
      { label: "keys.transfer", caps: ["Mod", "Shift", "T"] },
      { label: "keys.park", caps: ["Mod", "Shift", "P"] },
      { label: "keys.help", caps: ["Mod", "Shift", "H"] },
      { label: "keys.end", caps: ["Mod", "E"] },
      { label: "keys.code", caps: ["1…9"] },
      { label: "keys.complete", caps: ["Enter"] },
    ],
  },
  {
    title: "keys.composer",
    shortcuts: [
      { label: "keys.send", caps: ["Enter"] },
      { label: "keys.newLine", caps: ["Shift", "Enter"] },
      { label: "keys.canned", caps: ["/"] },
    ],
  },
  {
    title: "keys.lists",
    shortcuts: [
      { label: "keys.move", caps: ["↑", "↓"] },
      { label: "keys.ends", caps: ["Home", "End"] },
      { label: "keys.typeAhead", caps: ["A…Z"] },
    ],
  },
  {
    title: "keys.parley",
    shortcuts: [
      { label: "keys.palette", caps: ["Mod", "K"] },
      { label: "keys.board", caps: ["Mod", "B"] },
      { label: "keys.queue", caps: ["Mod", "Shift", "Q"] },
      { label: "keys.region", caps: ["F6"] },
      { label: "keys.panel", caps: ["Mod", "I"] },
      { label: "keys.settings", caps: ["Mod", ","] },
      { label: "keys.shortcuts", caps: ["F1"] },
      { label: "keys.back", caps: ["Esc"] },
    ],
  },
];

/** onMac says whether this is a Mac, whose main key is Command. */
export function onMac(): boolean {
  return /Mac/.test(navigator.platform);
}

/** cap is what stands on a key cap. */
export function cap(name: string, mac: boolean): string {
  return name === "Mod" ? (mac ? "⌘" : "Ctrl") : name;
}
