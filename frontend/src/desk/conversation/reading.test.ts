import { beforeEach, describe, expect, it } from "vitest";
import { item } from "../../bridge/fake/transcripts";
import type { Item } from "../../bridge/types";
import { Reading } from "./reading.svelte";

const them = (id: string): Item => item({ id, atMs: 1, direction: "inbound", author: "Mara", text: id });
const me = (id: string): Item =>
  item({ id, atMs: 1, direction: "outbound", author: "Sofia", mine: true, text: id, delivery: "pending" });

const start = [them("a"), me("b"), them("c")];
const end = { offset: 500, viewport: 400, content: 900 };
const up = { offset: 300, viewport: 400, content: 900 };

describe("Reading", () => {
  let reading: Reading;
  beforeEach(() => {
    reading = new Reading(0);
    reading.changed(start, true);
    reading.scrolled(end, false);
  });

  it("begins at the end with nothing new", () => {
    expect([reading.atEnd, reading.fresh, reading.marker]).toEqual([true, 0, -1]);
  });

  it("leaves the end when the reader scrolls up, and comes back", () => {
    reading.scrolled(up, true);
    expect(reading.atEnd).toBe(false);
    reading.scrolled(end, true);
    expect(reading.atEnd).toBe(true);
  });

  it("stays at the end when layout moves it", () => {
    reading.scrolled({ ...end, content: 1200 }, false); // a message came, not scrolled to yet
    expect(reading.atEnd).toBe(true);
    reading.scrolled({ offset: 350, viewport: 250, content: 900 }, true); // the composer grew under the wheel
    expect(reading.atEnd).toBe(true);
    reading.scrolled({ offset: 100, viewport: 250, content: 600 }, true); // an estimate shrank
    expect(reading.atEnd).toBe(true);
  });

  it("does not snap back while the reader is still near the end", () => {
    reading.scrolled({ ...end, offset: 495 }, true);
    reading.scrolled({ ...end, offset: 440 }, true);
    expect(reading.atEnd).toBe(false);
    reading.scrolled({ ...end, offset: 430 }, true);
    expect(reading.atEnd).toBe(false);
  });

  it("counts what comes below and marks the first of it", () => {
    reading.scrolled(up, true);
    reading.changed([...start, them("d")], true);
    reading.changed([...start, them("d"), them("e"), them("f")], true);
    expect([reading.fresh, reading.marker]).toEqual([3, 3]);
    reading.toEnd();
    expect([reading.atEnd, reading.fresh, reading.marker]).toEqual([true, 0, 3]);
  });

  it("counts nothing at the end while the window has the keyboard", () => {
    reading.changed([...start, them("d")], true);
    expect([reading.atEnd, reading.fresh, reading.marker]).toEqual([true, 0, -1]);
  });

  it("marks what came while nobody looked, and stays at the end", () => {
    reading.changed([...start, them("d")], false);
    expect([reading.atEnd, reading.fresh, reading.marker]).toEqual([true, 0, 3]);
  });

  it("goes to the end with an own message, which takes the mark away", () => {
    reading.scrolled(up, true);
    reading.changed([...start, them("d")], true);
    reading.changed([...start, them("d"), me("e")], true);
    expect([reading.atEnd, reading.fresh, reading.marker]).toEqual([true, 0, -1]);
  });

  it("forgets a mark that lies behind the end", () => {
    reading.changed([...start, them("d")], false);
    reading.changed(start, false);
    expect(reading.marker).toBe(-1);
  });

  it("is not moved by a new delivery state", () => {
    reading.scrolled(up, true);
    reading.changed([them("a"), { ...me("b"), delivery: "read" }, them("c")], true);
    expect([reading.atEnd, reading.fresh, reading.marker]).toEqual([false, 0, -1]);
  });
});

describe("Reading with unread messages", () => {
  it("marks the oldest of them, as soon as it is here", () => {
    const reading = new Reading(2);
    reading.changed([me("a"), undefined, them("c")], true);
    expect(reading.marker).toBe(-1);
    reading.changed([me("a"), them("b"), them("c")], true);
    expect(reading.marker).toBe(1);
  });

  it("marks nothing where all is new", () => {
    const reading = new Reading(2);
    reading.changed([item({ id: "e", atMs: 1, kind: "event", event: "queued" }), them("b"), them("c")], true);
    expect(reading.marker).toBe(-1);
  });
});
