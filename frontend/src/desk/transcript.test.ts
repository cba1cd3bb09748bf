import { expect, test } from "vitest";
import { FakeCore, scene } from "../bridge/fake";
import { item } from "../bridge/fake/transcripts";
import type { Item } from "../bridge/types";
import { Transcript } from "./transcript.svelte";

function core(count: number) {
  const state = scene("empty", 1_000_000);
  const items = Array.from({ length: count }, (_, i) => item({ id: `m${i}`, atMs: i }));
  state.transcripts.set("c", items);
  return new FakeCore(state);
}
const ids = (items: readonly (Item | undefined)[]) => items.map((each) => each?.id ?? "");

test("the end comes first, the rest are places", async () => {
  const transcript = new Transcript("c", core(250));
  expect(transcript.loaded).toBe(false);
  await transcript.loadEnd();
  expect([transcript.total, transcript.items[149], transcript.items[150]?.id]).toEqual([250, undefined, "m150"]);
});

test("ensure asks for missing pages once", async () => {
  const bridge = core(250);
  const transcript = new Transcript("c", bridge);
  await transcript.loadEnd();
  transcript.ensure(120, 180);
  transcript.ensure(130, 190);
  await Promise.resolve();
  await new Promise((done) => setTimeout(done));
  expect(bridge.calls.filter(([name]) => name === "transcript")).toEqual([
    ["transcript", "c", -1, 100],
    ["transcript", "c", 100, 100],
  ]);
  expect(transcript.items[100]?.id).toBe("m100");
  expect(transcript.items[99]).toBeUndefined();
});

test("a change replaces from its index on", () => {
  const transcript = new Transcript("c", core(0));
  const some = ["a", "b", "c"].map((id) => item({ id, atMs: 0 }));
  transcript.apply({ conversation: "c", from: 0, total: 3, items: some });
  transcript.apply({ conversation: "c", from: 1, total: 2, items: [item({ id: "x", atMs: 0 })] });
  expect(ids(transcript.items)).toEqual(["a", "x"]);
  transcript.apply({ conversation: "c", from: 4, total: 6, items: [item({ id: "y", atMs: 0 })] });
  expect(ids(transcript.items)).toEqual(["a", "x", "", "", "y", ""]);
});

test("a page does not overwrite a change that came after it was read", async () => {
  const bridge = core(3);
  const transcript = new Transcript("c", bridge);
  const loading = transcript.loadEnd();
  transcript.apply({
    conversation: "c",
    from: 2,
    total: 4,
    items: ["new", "newer"].map((id) => item({ id, atMs: 9 })),
  });
  await loading;
  expect(ids(transcript.items)).toEqual(["m0", "m1", "new", "newer"]);
});

test("a failure is kept in words and gone after the next success", async () => {
  const bridge = core(3);
  bridge.failures.set("transcript", "The cache cannot be read.");
  const transcript = new Transcript("c", bridge);
  await transcript.loadEnd();
  expect([transcript.error, transcript.loaded]).toEqual(["The cache cannot be read.", false]);
  await transcript.loadEnd();
  expect([transcript.error, transcript.total]).toEqual(["", 3]);
});

test("reload forgets what is no longer so", async () => {
  const transcript = new Transcript("c", core(2));
  transcript.apply({ conversation: "c", from: 0, total: 5, items: [item({ id: "old", atMs: 0 })] });
  await transcript.reload();
  expect(ids(transcript.items)).toEqual(["m0", "m1"]);
});
