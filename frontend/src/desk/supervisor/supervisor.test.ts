import { screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { describe, expect, it, vi } from "vitest";
import { board as fakeBoard, supervision } from "../../bridge/fake/board";
import { called, openDesk, settled } from "../../shared/testing/desk";
import { calling, matching, occupancy, queueValues, sorted } from "./order";
import { merge } from "./supervising.svelte";

vi.setConfig({ testTimeout: 60_000 });

async function board() {
  const { core } = await openDesk("board");
  const keys = userEvent.setup();
  await keys.keyboard("{Control>}b{/Control}");
  await waitFor(() => expect(screen.getAllByRole("table")).toHaveLength(2));
  return { core, keys };
}

const names = (table: number) =>
  within(screen.getAllByRole("table")[table] as HTMLElement)
    .getAllByRole("rowheader")
    .map((each) => each.textContent.trim().split(/\s{2,}/)[0]);

describe("the board", () => {
  it("is watched from the start by whoever may, for what calls them from elsewhere", async () => {
    const { core } = await openDesk("board", (core) => {
      core.push({ supervision: { ...supervision(), watchBoard: false } });
    });
    await settled();
    expect(called(core, "watchBoard")).toEqual([[true]]);
  });

  it("has nothing that axe finds", async () => {
    await board();
    const found = await axe.run(document.body, { rules: { "color-contrast": { enabled: false } } });
    expect(found.violations.map((each) => `${each.id}: ${each.nodes[0]?.html}`)).toEqual([]);
  });

  it("is no agent's", async () => {
    await openDesk("main");
    await userEvent.setup().keyboard("{Control>}b{/Control}");
    expect(screen.queryByRole("table")).toBeNull();
    expect(screen.queryByRole("button", { name: "Board" })).toBeNull();
  });

  it("sorts, filters, and selects a queue", async () => {
    const { keys } = await board();
    expect(names(0)[0]).toBe("Returns");
    await keys.click(screen.getByRole("button", { name: "Queue" }));
    expect(names(0)).toEqual([...names(0)].sort((a, b) => String(a).localeCompare(String(b))));
    await keys.type(screen.getByRole("textbox", { name: "Filter" }), "work");
    await waitFor(() => expect(names(0)).toEqual(["Workshop"]));
  });

  it("monitors, coaches and takes over", async () => {
    const { core, keys } = await board();
    const panel = await screen.findByRole("complementary", { name: "Monitoring Priya Raman" });
    await keys.type(within(panel).getByRole("textbox", { name: /^Write to/ }), "Refund it{Enter}");
    await settled();
    expect(called(core, "coach").at(-1)?.[1]).toBe("Refund it");
    await keys.click(within(panel).getByRole("button", { name: "Take over" }));
    await settled();
    expect(called(core, "takeOver")).toHaveLength(1);
  });

  it("stops monitoring", async () => {
    const { core, keys } = await board();
    await keys.click(await screen.findByRole("button", { name: "Stop monitoring" }));
    await waitFor(() => expect(screen.queryByRole("complementary", { name: /^Monitoring/ })).toBeNull());
    expect(called(core, "unmonitor")).toHaveLength(1);
  });

  it("exports what is seen", async () => {
    const { core, keys } = await board();
    await keys.click(screen.getByRole("button", { name: "CSV" }));
    await settled();
    const [[sent] = []] = called(core, "saveTable") as [[{ header: string[]; rows: { cells: string[] }[] }]];
    expect(sent?.header[0]).toBe("Queue");
    expect(sent?.rows.map((each) => each.cells[0])).toContain("Returns");
  });
});

describe("rows", () => {
  const now = Date.now();
  const whole = fakeBoard(now);

  it("later ones replace those of the same ID, and what has gone goes", () => {
    const [first, second] = whole.live;
    if (!first || !second) throw new Error("the scene has no conversations");
    const change = {
      ...whole,
      whole: false,
      queues: [],
      agents: [],
      live: [{ ...first, priority: 7 }],
      gone: [second.id],
    };
    const after = merge(whole, change);
    expect(after.live.find((each) => each.id === first.id)?.priority).toBe(7);
    expect(after.live.some((each) => each.id === second.id)).toBe(false);
    expect(after.queues).toBe(whole.queues);
    expect(merge(undefined, whole)).toBe(whole);
  });

  it("ties keep their place by name", () => {
    const rows = whole.queues.filter((each) => each.channel === "").map((each) => ({ ...each, waiting: 1 }));
    const down = sorted(rows, { by: "waiting", down: true }, queueValues).map((each) => each.name);
    expect(down).toEqual([...down].sort((a, b) => a.localeCompare(b)));
  });

  it("who waits longest comes first, who waits not at all last", () => {
    const down = sorted(
      whole.queues.filter((each) => each.channel === ""),
      { by: "longest", down: true },
      queueValues,
    );
    expect(down.at(-1)?.longestMs).toBe(0);
    expect(down[0]?.longestMs).toBe(
      Math.min(...down.filter((each) => each.longestMs > 0).map((each) => each.longestMs)),
    );
  });

  it("who asks for help comes first", () => {
    expect(calling(whole.live)[0]?.helpMs).toBeGreaterThan(0);
  });

  it("a filter wants every word", () => {
    expect(matching(["Web orders", "Web shop"], "SHOP web", (each) => each)).toEqual(["Web shop"]);
  });

  it("occupancy runs on while an agent is busy", () => {
    const agent = whole.agents[0];
    if (!agent) throw new Error("the scene has no agents");
    const half = { ...agent, onQueueMs: 1000, busyMs: 500, settledMs: now, onQueue: true, busy: true };
    expect(occupancy(half, now)).toBe(50);
    expect(occupancy(half, now + 1000)).toBe(75);
    expect(occupancy({ ...half, busy: false }, now + 1000)).toBe(25);
    expect(occupancy({ ...half, onQueueMs: 0, onQueue: false }, now)).toBe(-1);
  });
});
