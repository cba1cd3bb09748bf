import { describe, expect, it } from "vitest";
import { measure } from "./limit";

describe("measure", () => {
  const cases = [
    { name: "no limit", text: "hello", chars: 0, bytes: 0, want: undefined },
    {
      name: "far from it",
      text: "hello",
      chars: 10,
      bytes: 0,
      want: { unit: "characters", used: 5, max: 10, near: false, over: false },
    },
    {
      name: "near from 80 % on",
      text: "12345678",
      chars: 10,
      bytes: 0,
      want: { unit: "characters", used: 8, max: 10, near: true, over: false },
    },
    {
      name: "exactly full is not over",
      text: "1234567890",
      chars: 10,
      bytes: 0,
      want: { unit: "characters", used: 10, max: 10, near: true, over: false },
    },
    {
      name: "over",
      text: "12345678901",
      chars: 10,
      bytes: 0,
      want: { unit: "characters", used: 11, max: 10, near: true, over: true },
    },
    {
      name: "an emoji is one code point and four bytes",
      text: "😀😀",
      chars: 10,
      bytes: 8,
      want: { unit: "bytes", used: 8, max: 8, near: true, over: false },
    },
    {
      name: "a family is seven code points",
      text: "👩‍👩‍👧‍👦",
      chars: 7,
      bytes: 100,
      want: { unit: "characters", used: 7, max: 7, near: true, over: false },
    },
    {
      name: "Arabic is tighter in bytes",
      text: "مرحبا",
      chars: 10,
      bytes: 9,
      want: { unit: "bytes", used: 10, max: 9, near: true, over: true },
    },
    {
      name: "a lone surrogate counts as what it is sent as",
      text: "\ud800",
      chars: 0,
      bytes: 3,
      want: { unit: "bytes", used: 3, max: 3, near: true, over: false },
    },
  ];
  for (const { name, text, chars, bytes, want } of cases) {
    it(name, () =>
      expect(measure(text, { maxTextChars: chars, maxTextBytes: bytes, maxTextSegments: 0 })).toEqual(want),
    );
  }

  const sms = { maxTextChars: 1600, maxTextBytes: 0, maxTextSegments: 10 };
  it("says nothing of the first part of an SMS", () =>
    expect(measure("a".repeat(160), sms)).toMatchObject({ unit: "segments", used: 1, near: false }));
  it("counts parts from the second on", () =>
    expect(measure("a".repeat(161), sms)).toEqual({ unit: "segments", used: 2, max: 10, near: true, over: false }));
  it("one letter beyond GSM-7 makes it more", () =>
    expect(measure("a".repeat(160) + "’", sms)).toMatchObject({ used: 3 }));
  it("has a most of parts", () =>
    expect(measure("م".repeat(671), sms)).toMatchObject({ unit: "segments", used: 11, over: true }));
});
