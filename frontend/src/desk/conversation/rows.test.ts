import { describe, expect, it } from "vitest";
import { item } from "../../bridge/fake/transcripts";
import type { Item } from "../../bridge/types";
import { firstUnread, inboundFrom, rowAt, type Row } from "./rows";

const noon = new Date(2026, 10, 3, 12, 0).getTime();
const minute = 60_000;
let count = 0;

function them(minutes: number, more: Partial<Item> = {}): Item {
  return item({
    id: `i${count++}`,
    atMs: noon + minutes * minute,
    direction: "inbound",
    author: "Mara",
    text: "x",
    ...more,
  });
}
function me(minutes: number, more: Partial<Item> = {}): Item {
  return them(minutes, { direction: "outbound", author: "Sofia", mine: true, delivery: "sent", ...more });
}
function event(minutes: number): Item {
  return item({ id: `e${count++}`, atMs: noon + minutes * minute, kind: "event", event: "connected" });
}
/** turns writes each row's edges: ( opens, ) closes, | begins a day, N is named. */
function turns(items: (Item | undefined)[]): string {
  const text = (row: Row) =>
    `${row.newDay ? "|" : ""}${row.opens ? "(" : ""}${row.named ? "N" : "."}${row.closes ? ")" : ""}`;
  return items.map((_, i) => text(rowAt(items, i))).join(" ");
}

describe("rowAt", () => {
  const cases: { name: string; items: (Item | undefined)[]; want: string }[] = [
    { name: "one author, one turn", items: [them(0), them(1), them(2)], want: "|(N . .)" },
    { name: "the other side begins its own", items: [them(0), me(1), me(2)], want: "|(N) (. .)" },
    { name: "a colleague is named", items: [me(0, { author: "Idris", mine: false }), me(1)], want: "|(N) (.)" },
    { name: "a long pause parts", items: [them(0), them(6)], want: "|(N) (N)" },
    { name: "an event parts", items: [them(0), event(1), them(2)], want: "|(N) (.) (N)" },
    { name: "a day parts", items: [them(-1), them(720)], want: "|(N) |(N)" },
    {
      name: "what failed stands alone",
      items: [me(0), me(1, { delivery: "failed" }), me(2, { delivery: "failed" }), me(3)],
      want: "|(.) (.) (.) (.)",
    },
    {
      name: "what waits stands together",
      items: [me(0), me(1, { delivery: "pending" }), me(2, { delivery: "pending" })],
      want: "|(.) (. .)",
    },
    {
      name: "what is not here yet parts and begins no day",
      items: [them(0), undefined, them(1)],
      want: "|(N) (.) (N)",
    },
  ];
  for (const { name, items, want } of cases) it(name, () => expect(turns(items)).toBe(want));
});

describe("firstUnread", () => {
  const items = [them(0), me(1), them(2), event(3), them(4), me(5)];
  const cases = [
    { name: "none", unread: 0, want: -1 },
    { name: "the last one, behind our own", unread: 1, want: 4 },
    { name: "two", unread: 2, want: 2 },
    { name: "all", unread: 3, want: 0 },
    { name: "more than there are", unread: 4, want: -1 },
  ];
  for (const { name, unread, want } of cases) it(name, () => expect(firstUnread(items, unread)).toBe(want));
  it("not here yet", () => expect(firstUnread([them(0), undefined, them(1)], 2)).toBe(-1));
});

describe("inboundFrom", () => {
  it("counts what the contact wrote", () => {
    expect(inboundFrom([them(0), them(1), me(2), event(3), undefined, them(4)], 1)).toBe(2);
  });
});
