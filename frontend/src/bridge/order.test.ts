import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { inOrder } from "./order";
import type { Push } from "./types";

const push = (seq: number): Push => ({ seq, transcripts: [], notices: [] });

/** A core whose pushes arrive as the test says. */
class Core {
  first: Push | undefined;
  seq = 0;
  asked = 0;
  down = false;
  emit: (push: Push) => void = () => undefined;
  hold: Promise<void> | undefined;

  async subscribe(): Promise<Push> {
    this.asked++;
    const seq = this.seq;
    await this.hold;
    if (this.down) throw new Error("not yet");
    return push(seq);
  }
  on(listener: (push: Push) => void): () => void {
    this.emit = listener;
    return () => {
      this.emit = () => undefined;
    };
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function listen(core: Core) {
  const heard: string[] = [];
  const stop = inOrder(core, (each, whole) => heard.push(`${whole ? "whole" : "change"} ${each.seq}`));
  await vi.advanceTimersByTimeAsync(0);
  return { heard, stop };
}

test("the whole comes first, then changes in order", async () => {
  const core = new Core();
  const { heard } = await listen(core);
  core.emit(push(1));
  core.emit(push(2));
  expect(heard).toEqual(["whole 0", "change 1", "change 2"]);
});

test("what arrives before the whole waits for it, and what the whole holds already is dropped", async () => {
  const core = new Core();
  let free = () => undefined as void;
  core.hold = new Promise((done) => (free = done));
  core.seq = 4;
  const { heard } = await listen(core);
  for (const seq of [3, 4, 5, 6]) core.emit(push(seq));
  expect(heard).toEqual([]);
  free();
  await vi.advanceTimersByTimeAsync(0);
  expect(heard).toEqual(["whole 4", "change 5", "change 6"]);
});

test("early ones wait for those before them", async () => {
  const core = new Core();
  const { heard } = await listen(core);
  for (const seq of [3, 2, 1]) core.emit(push(seq));
  expect(heard).toEqual(["whole 0", "change 1", "change 2", "change 3"]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(core.asked).toBe(1);
});

test("repeats are dropped", async () => {
  const core = new Core();
  const { heard } = await listen(core);
  for (const seq of [1, 1, 2, 1]) core.emit(push(seq));
  expect(heard).toEqual(["whole 0", "change 1", "change 2"]);
});

test("where one stays away, the whole is asked for again", async () => {
  const core = new Core();
  const { heard } = await listen(core);
  core.emit(push(1));
  core.emit(push(3));
  core.seq = 3;
  await vi.advanceTimersByTimeAsync(249);
  expect(core.asked).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(heard).toEqual(["whole 0", "change 1", "whole 3"]);
  core.emit(push(4));
  expect(heard.at(-1)).toBe("change 4");
});

test("a core that is not up yet is asked again", async () => {
  const core = new Core();
  core.down = true;
  const { heard } = await listen(core);
  expect(heard).toEqual([]);
  core.down = false;
  await vi.advanceTimersByTimeAsync(250);
  expect(heard).toEqual(["whole 0"]);
});

test("nothing is heard after the end", async () => {
  const core = new Core();
  const { heard, stop } = await listen(core);
  const emit = core.emit;
  stop();
  core.emit(push(1));
  emit(push(3));
  await vi.advanceTimersByTimeAsync(1000);
  expect(heard).toEqual(["whole 0"]);
});

test("what came with the page is handed on at once, and once", async () => {
  const core = new Core();
  core.first = push(4);
  core.seq = 4;
  const heard: string[] = [];
  inOrder(core, (each, whole) => heard.push(`${whole ? "whole" : "change"} ${each.seq}`));
  expect(heard).toEqual(["whole 4"]);
  core.emit(push(5));
  await vi.advanceTimersByTimeAsync(0);
  expect(heard).toEqual(["whole 4", "change 5"]);
  expect(core.asked).toBe(1);
});

test("what changed between the page and its listener is asked for", async () => {
  const core = new Core();
  core.first = push(4);
  core.seq = 5; // its push went unheard, and none follows
  const { heard } = await listen(core);
  expect(heard).toEqual(["whole 4", "whole 5"]);
});
