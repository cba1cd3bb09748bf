import { expect, test } from "vitest";
import { Messages } from "./messages";

const m = new Messages("en");

test("names are filled in, numbers as the language writes them", () => {
  expect(m.t("presence.capacity", { n: 9, m: 1200 })).toBe("9 of 1,200");
});

test("n chooses the plural", () => {
  expect([1, 2, 0].map((n) => m.t("tabs.more", { n }))).toEqual(["1 more tab", "2 more tabs", "0 more tabs"]);
});

test("a contact's name is text and never a pattern", () => {
  expect(m.t("missed.title", { contact: "{n} $& $1" })).toBe("You missed {n} $& $1");
});

test.each([
  [-5, "0:00"],
  [999, "0:00"],
  [7_000, "0:07"],
  [760_000, "12:40"],
  [3_729_000, "1:02:09"],
])("timer %i", (ms, want) => {
  expect(m.timer(ms)).toBe(want);
});

test.each([
  [40_000, "40 s"],
  [250_000, "4 min"],
  [3 * 3_600_000, "3 h"],
  [50 * 3_600_000, "2 d"],
])("lasting %i", (ms, want) => {
  expect(m.lasting(ms)).toBe(want);
});

test.each([
  [312, "312 B"],
  [48_210, "48 KB"],
  [1_400_000, "1.4 MB"],
])("bytes %i", (n, want) => {
  expect(m.bytes(n)).toBe(want);
});

test("days are named as seen from now", () => {
  const gb = new Messages("en-GB");
  const now = new Date(2026, 10, 4, 9).getTime();
  const day = (date: Date) => gb.day(date.getTime(), now);
  expect([day(new Date(2026, 10, 4, 1)), day(new Date(2026, 10, 3, 23)), day(new Date(2026, 10, 2))]).toEqual([
    "Today",
    "Yesterday",
    "Monday 2 November",
  ]);
  expect(day(new Date(2025, 10, 2))).toContain("2025");
});

test("an unknown language speaks English", () => {
  expect(new Messages("tlh").t("cancel")).toBe("Cancel");
});
