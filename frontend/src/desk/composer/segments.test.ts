import { describe, expect, it } from "vitest";
// The hub's counter is held to the same file.
import vectors from "../../../../backend/message/segment/testdata/vectors.json";
import { segments } from "./segments";

describe("segments", () => {
  it("has vectors", () => expect(vectors.length).toBeGreaterThan(30));
  it("counts a half of a surrogate pair as the U+FFFD it leaves as", () =>
    expect(segments("\ud83d")).toEqual({ encoding: "UCS-2", units: 1, segments: 1, left: 69 }));
  for (const { name, text, want } of vectors) {
    it(name, () => {
      const whole = text.map(([piece, times]) => String(piece).repeat(Number(times))).join("");
      expect(segments(whole)).toEqual(want);
    });
  }
});
