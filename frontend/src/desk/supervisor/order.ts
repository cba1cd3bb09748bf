import type { BoardAgent, BoardQueue, LiveConversation } from "../../bridge/types";
import { fold, holds } from "../canned/canned";

/** Sort is a column and its direction. */
export interface Sort {
  by: string;
  down: boolean;
}

type Value = number | string;

/** What the columns of the queues' table sort by. Who waits longest waits since earliest. */
export const queueValues: Record<string, (each: BoardQueue) => Value> = {
  name: (each) => each.name,
  waiting: (each) => each.waiting,
  longest: (each) => (each.longestMs > 0 ? -each.longestMs : -Infinity),
  serviceLevel: (each) => each.serviceLevel,
  offered: (each) => each.offered,
  answered: (each) => each.answered,
  abandoned: (each) => each.abandonRate,
  asa: (each) => each.asaMs,
  aht: (each) => each.ahtMs,
};

/** Statuses in the order in which a supervisor looks for them. */
const statuses = ["not_responding", "interacting", "acw", "idle"];

export const agentValues: Record<string, (each: BoardAgent) => Value> = {
  name: (each) => each.name,
  status: (each) => {
    const rank = statuses.indexOf(each.status);
    return rank < 0 ? statuses.length : rank;
  },
  since: (each) => -each.statusMs,
  used: (each) => each.used,
  occupancy: (each) => (each.onQueueMs > 0 ? each.busyMs / each.onQueueMs : -1),
  handled: (each) => each.handled,
  aht: (each) => each.ahtMs,
};

/** sorted gives rows by a column, ties by name, so that equal rows never swap. */
export function sorted<R extends { name: string; id: string }>(
  rows: readonly R[],
  sort: Sort,
  values: Record<string, (each: R) => Value>,
): R[] {
  const value = values[sort.by] ?? ((each: R) => each.name);
  const way = sort.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = value(a);
    const y = value(b);
    const first = typeof x === "string" || typeof y === "string" ? String(x).localeCompare(String(y)) : x - y;
    return (Number.isNaN(first) ? 0 : way * first) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id);
  });
}

/** matching leaves the rows that hold every word of a filter. */
export function matching<R>(rows: readonly R[], words: string, text: (each: R) => string): R[] {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  return rows.filter((each) => holds(text(each), wanted));
}

/** calling puts conversations first whose agent asks for help, then who waits for an answer longest. */
export function calling(live: readonly LiveConversation[]): LiveConversation[] {
  const rank = (each: LiveConversation) =>
    each.helpMs > 0 ? 0 : each.phase === "waiting" ? 1 : each.unansweredMs > 0 ? 2 : 3;
  const since = (each: LiveConversation) =>
    each.helpMs || (each.phase === "waiting" ? each.queuedMs : each.unansweredMs) || each.startedMs;
  return [...live].sort((a, b) => rank(a) - rank(b) || since(a) - since(b) || a.id.localeCompare(b.id));
}

/** occupancy of an agent now, per cent; -1 = not on queue yet. Both times run on while they last. */
export function occupancy(each: BoardAgent, now: number): number {
  const ran = Math.max(0, now - each.settledMs);
  const on = each.onQueueMs + (each.onQueue ? ran : 0);
  const busy = each.busyMs + (each.busy ? ran : 0);
  return on > 0 ? Math.min(100, (100 * busy) / on) : -1;
}
