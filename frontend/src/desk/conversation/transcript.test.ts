import { describe, expect, it, vi } from "vitest";
import { FakeCore, scene } from "../../bridge/fake";
import { item } from "../../bridge/fake/transcripts";
import type { Item, Page } from "../../bridge/types";
import { Transcript, pageSize } from "../transcript.svelte";

const line = (id: string): Item => item({ id, atMs: 1, direction: "inbound", author: "Mara", text: id });
const ids = (items: readonly (Item | undefined)[]) => items.map((each) => each?.id ?? "-").join(" ");

/** A core that answers when it is told to. */
function slow() {
  const core = new FakeCore(scene("main", 0));
  const asked: { from: number; count: number; answer: (page: Omit<Page, "conversation">) => Promise<void> }[] = [];
  core.interactions.transcript = (conversation, from, count) =>
    new Promise((resolve) => {
      const answer = async (page: Omit<Page, "conversation">) => {
        resolve({ conversation, ...page });
        await Promise.resolve();
        await Promise.resolve();
      };
      asked.push({ from, count, answer });
    });
  const transcript = new Transcript("mara", core);
  return { transcript, asked };
}

describe("Transcript", () => {
  it("asks for each page once, however often it is scrolled over", async () => {
    const core = new FakeCore(scene("long", 1_700_000_000_000));
    const transcript = new Transcript("mara", core);
    await transcript.loadEnd();
    for (let top = 9990; top > 9000; top -= 7) transcript.ensure(top - 40, top + 50);
    await vi.waitFor(() => expect(transcript.items.slice(8960)).not.toContain(undefined));
    for (let top = 9000; top < 9990; top += 7) transcript.ensure(top - 40, top + 50);
    const calls = core.calls.filter(([name]) => name === "transcript").map(([, , from]) => from);
    expect(new Set(calls).size).toBe(calls.length);
    expect(calls.length).toBeLessThanOrEqual(2 + 1100 / pageSize);
    expect(transcript.items[0]).toBeUndefined();
  });

  it("does not ask beyond its ends", async () => {
    const { transcript, asked } = slow();
    const first = transcript.loadEnd();
    await asked[0]?.answer({ from: 0, total: 2, items: [line("a"), line("b")] });
    await first;
    transcript.ensure(-40, 60);
    expect(asked.length).toBe(1);
  });

  it("does not let a late page undo a change", async () => {
    const { transcript, asked } = slow();
    void transcript.loadEnd();
    transcript.apply({ conversation: "mara", from: 1, total: 2, items: [line("new")] });
    await asked[0]?.answer({ from: 0, total: 3, items: [line("a"), line("old"), line("gone")] });
    expect(ids(transcript.items)).toBe("a new");
  });

  it("asks again for what a change left open", async () => {
    const { transcript, asked } = slow();
    transcript.apply({ conversation: "mara", from: 3, total: 4, items: [line("d")] });
    transcript.ensure(0, 4);
    await asked[0]?.answer({ from: 0, total: 4, items: [line("a"), line("b"), line("c"), line("d")] });
    expect([ids(transcript.items), asked.length]).toEqual(["a b c d", 1]);
  });

  it("reloads the end and drops what may have jumped", async () => {
    const { transcript, asked } = slow();
    transcript.apply({ conversation: "mara", from: 0, total: 2, items: [line("a"), line("b")] });
    void transcript.reload();
    expect(ids(transcript.items)).toBe("a b");
    await asked[0]?.answer({ from: 2, total: 4, items: [line("c"), line("d")] });
    expect(ids(transcript.items)).toBe("- - c d");
  });

  it("takes no answer from before a reload, and keeps a change from after it", async () => {
    const { transcript, asked } = slow();
    void transcript.loadEnd();
    void transcript.reload();
    transcript.apply({ conversation: "mara", from: 1, total: 2, items: [line("new")] });
    await asked[0]?.answer({ from: 0, total: 1, items: [line("stale")] });
    await asked[1]?.answer({ from: 0, total: 1, items: [line("a")] });
    expect(ids(transcript.items)).toBe("a new");
  });

  it("says why it could not be read, until it can", async () => {
    const core = new FakeCore(scene("main", 1_700_000_000_000));
    core.failures.set("transcript", "The cache is being rebuilt.");
    const transcript = new Transcript("mara", core);
    await transcript.loadEnd();
    expect([transcript.error, transcript.loaded]).toEqual(["The cache is being rebuilt.", false]);
    await transcript.reload();
    expect([transcript.error, transcript.loaded]).toEqual(["", true]);
  });
});
