import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Writing } from "./writing.svelte";

describe("Writing", () => {
  let kept: string[];
  let writing: Writing;
  beforeEach(() => {
    vi.useFakeTimers();
    kept = [];
    writing = new Writing("", (text) => kept.push(text));
  });
  afterEach(() => vi.useRealTimers());

  it("keeps the draft once typing rests", () => {
    writing.set("H");
    vi.advanceTimersByTime(400);
    writing.set("Hi");
    vi.advanceTimersByTime(400);
    expect([kept, writing.kept]).toEqual([[], false]);
    vi.advanceTimersByTime(200);
    expect([kept, writing.kept]).toEqual([["Hi"], true]);
  });

  it("keeps at once when told, and once", () => {
    writing.set("Hi");
    writing.flush();
    vi.runAllTimers();
    writing.flush();
    expect(kept).toEqual(["Hi"]);
  });

  it("begins with the draft and says that it is kept", () => {
    writing = new Writing("Later", (text) => kept.push(text));
    expect([writing.text, writing.kept]).toEqual(["Later", true]);
    vi.runAllTimers();
    expect(kept).toEqual([]);
  });

  it("gives the text for sending without its outer space and keeps nothing after it", () => {
    writing.set("  Hi\nthere \n");
    expect(writing.take()).toBe("Hi\nthere");
    vi.runAllTimers();
    expect([writing.text, kept]).toEqual(["", []]);
  });

  it("puts text back in front of what was written since", () => {
    writing.set("first");
    const text = writing.take();
    writing.set("second");
    writing.back(text);
    expect(writing.text).toBe("first\nsecond");
  });

  it("keeps a draft that was emptied", () => {
    writing.set("Hi");
    writing.flush();
    writing.set("");
    vi.runAllTimers();
    expect(kept).toEqual(["Hi", ""]);
  });
});
