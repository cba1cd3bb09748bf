import type { Item } from "../../bridge/types";

/** Messages this far apart, in milliseconds, stand in turns of their own. */
const pause = 5 * 60_000;

/** Row is how one item stands among its neighbours. */
export interface Row {
  /** A day begins here. */
  newDay: boolean;
  /** A turn begins here: author and time stand once, above it. */
  opens: boolean;
  /** A turn ends here: delivery stands once, below it. */
  closes: boolean;
  /** The author is named: everybody but this agent. */
  named: boolean;
}

type Items = readonly (Item | undefined)[];

/** rowAt places the item at index. A neighbour that is not here yet ends the turn. */
export function rowAt(items: Items, index: number): Row {
  const item = items[index];
  if (!item) return { newDay: false, opens: true, closes: true, named: false };
  const opens = !together(items[index - 1], item);
  return {
    newDay: startsDay(items, index),
    opens,
    closes: !together(item, items[index + 1]),
    named: opens && item.kind === "message" && !item.mine,
  };
}

function startsDay(items: Items, index: number): boolean {
  const item = items[index];
  if (!item) return false;
  if (index === 0) return true;
  const before = items[index - 1];
  return before !== undefined && day(before.atMs) !== day(item.atMs);
}

function together(a: Item | undefined, b: Item | undefined): boolean {
  return (
    a?.kind === "message" &&
    b?.kind === "message" &&
    a.direction === b.direction &&
    a.mine === b.mine &&
    a.author === b.author &&
    b.atMs - a.atMs < pause &&
    day(a.atMs) === day(b.atMs) &&
    standing(a) === standing(b) &&
    standing(a) !== "alone"
  );
}

/** standing: what waits stands together, what needs a choice stands alone. */
function standing(item: Item): "settled" | "waiting" | "alone" {
  if (item.delivery === "failed" || item.delivery === "unknown") return "alone";
  return item.delivery === "pending" ? "waiting" : "settled";
}

function day(ms: number): string {
  return new Date(ms).toDateString();
}

/**
 * firstUnread is the index of the oldest of the last unread inbound messages;
 * -1 where none is unread or it is not here yet.
 */
export function firstUnread(items: Items, unread: number): number {
  let left = unread;
  for (let i = items.length - 1; i >= 0 && left > 0; i--) {
    const item = items[i];
    if (!item) return -1;
    if (item.kind === "message" && item.direction === "inbound" && --left === 0) return i;
  }
  return -1;
}

/** inboundFrom counts the inbound messages from index on. */
export function inboundFrom(items: Items, index: number): number {
  return items.slice(index).filter((item) => item?.kind === "message" && item.direction === "inbound").length;
}
