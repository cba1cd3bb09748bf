import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { interaction } from "../../bridge/fake/people";
import type { Interaction } from "../../bridge/types";
import { arrange, enter, type Place } from "./arrange";
import { deafness, rest, Roster } from "./roster.svelte";

const now = 1_700_000_000_000;
let number = 0;
function card(id: string, group: string, more: Partial<Interaction> = {}): Interaction {
  const status =
    { alerting: "alerting", needs_reply: "connected", waiting_for_contact: "connected", acw: "acw" }[group] ?? "ended";
  return interaction({ id, contact: id, channel: "web", group, status, ...more }, now, ++number);
}
const names = (places: readonly Place[]) =>
  places.map((each) => `${each.group}/${each.joined ? "+" : ""}${each.id}`).join(" ");
const shown = (roster: Roster) =>
  roster.rows
    .map((row) => (row.kind === "head" ? `${row.group}(${row.count})` : `${row.gone ? "-" : ""}${row.id}`))
    .join(" ");

beforeEach(() => {
  vi.useFakeTimers({ now });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([
  {
    name: "groups in their order, cards as given",
    given: [card("e", "earlier"), card("n", "needs_reply"), card("a", "alerting"), card("m", "needs_reply")],
    sort: "urgent" as const,
    want: "alerting/a needs_reply/n needs_reply/m earlier/e",
  },
  {
    name: "a contact's conversations stand together under the most urgent",
    given: [
      card("p", "needs_reply", { contactId: "k" }),
      card("o", "needs_reply"),
      card("q", "waiting_for_contact", { contactId: "k" }),
      card("z", "acw", { contactId: "k" }),
    ],
    sort: "urgent" as const,
    want: "needs_reply/p needs_reply/+q needs_reply/o acw/z",
  },
  {
    name: "newest by last message",
    given: [card("old", "needs_reply", { lastMs: 1 }), card("new", "needs_reply", { lastMs: 2 })],
    sort: "newest" as const,
    want: "needs_reply/new needs_reply/old",
  },
  {
    name: "longest waiting first, who does not wait last",
    given: [
      card("no", "needs_reply", { waitMs: 0 }),
      card("short", "needs_reply", { waitMs: 20 }),
      card("long", "needs_reply", { waitMs: 10 }),
    ],
    sort: "waiting" as const,
    want: "needs_reply/long needs_reply/short needs_reply/no",
  },
  { name: "an unknown group is earlier", given: [card("u", "later_kind")], sort: "urgent" as const, want: "earlier/u" },
])("arrange: $name", ({ given, sort, want }) => {
  expect(names(arrange(given, sort))).toBe(want);
});

test.each([
  { name: "at the top", standing: ["b", "c"], wanted: ["a", "b", "c"], want: "a b c" },
  { name: "behind its neighbour, wherever that stands", standing: ["c", "b"], wanted: ["b", "x", "c"], want: "c b x" },
  { name: "several in a row", standing: ["z"], wanted: ["x", "y", "z"], want: "x y z" },
  { name: "into nothing", standing: [], wanted: ["a", "b"], want: "a b" },
])("enter: $name", ({ standing, wanted, want }) => {
  const place = (id: string): Place => ({ id, group: "needs_reply", joined: false });
  expect(
    enter(standing.map(place), wanted.map(place))
      .map((each) => each.id)
      .join(" "),
  ).toBe(want);
});

test("enter: never between a contact's cards, and a new group at its rank", () => {
  const standing: Place[] = [
    { id: "p", group: "needs_reply", joined: false },
    { id: "q", group: "needs_reply", joined: true },
    { id: "e", group: "earlier", joined: false },
  ];
  const wanted: Place[] = [
    { id: "a", group: "alerting", joined: false },
    { id: "p", group: "needs_reply", joined: false },
    { id: "x", group: "needs_reply", joined: false },
    { id: "w", group: "acw", joined: false },
  ];
  expect(names(enter(standing, wanted))).toBe("alerting/a needs_reply/p needs_reply/+q needs_reply/x acw/w earlier/e");
});

test("without pointer or focus the order follows at once", () => {
  const roster = new Roster();
  roster.update([card("a", "needs_reply"), card("b", "needs_reply")]);
  roster.update([card("b", "needs_reply"), card("a", "needs_reply")]);
  expect(shown(roster)).toBe("needs_reply(2) b a");
});

test.each(["pointer", "focus"] as const)("nothing that stands moves while the %s is inside", (by) => {
  const roster = new Roster();
  roster.update([card("a", "needs_reply"), card("b", "needs_reply")]);
  roster.hold(by);
  roster.update([card("b", "needs_reply"), card("a", "acw")]);
  expect(shown(roster)).toBe("needs_reply(2) a b");
  const row = roster.rows[1];
  expect(row?.kind === "card" && row.interaction.status).toBe("acw");
  roster.release(by);
  expect(shown(roster)).toBe("needs_reply(1) b acw(1) a");
});

test("what leaves keeps its place until pointer and focus have both left", () => {
  const roster = new Roster();
  roster.update([card("a", "alerting"), card("b", "needs_reply")]);
  roster.hold("pointer");
  roster.hold("focus");
  roster.update([card("b", "needs_reply")]);
  expect(shown(roster)).toBe("alerting(0) -a needs_reply(1) b");
  roster.release("pointer");
  expect(shown(roster)).toBe("alerting(0) -a needs_reply(1) b");
  roster.release("focus");
  expect(shown(roster)).toBe("needs_reply(1) b");
});

test("a newcomer enters after a rest, and cards are deaf for a moment", () => {
  const roster = new Roster();
  roster.update([card("b", "needs_reply")]);
  roster.hold("pointer");
  roster.update([card("a", "alerting"), card("b", "needs_reply")]);
  vi.advanceTimersByTime(rest - 1);
  roster.stir();
  vi.advanceTimersByTime(rest - 1);
  expect([shown(roster), roster.deaf]).toEqual(["needs_reply(1) b", false]);
  vi.advanceTimersByTime(1);
  expect([shown(roster), roster.deaf]).toEqual(["alerting(1) a needs_reply(1) b", true]);
  vi.advanceTimersByTime(deafness);
  expect(roster.deaf).toBe(false);
});

test("one's own act settles the order at once", () => {
  const roster = new Roster();
  roster.update([card("a", "alerting"), card("b", "needs_reply")]);
  roster.hold("pointer");
  roster.acted();
  roster.update([card("b", "needs_reply"), card("a", "needs_reply")]);
  expect(shown(roster)).toBe("needs_reply(2) b a");
  roster.update([card("a", "needs_reply"), card("b", "needs_reply")]);
  expect(shown(roster)).toBe("needs_reply(2) b a");
});

test("choosing an order takes effect under the pointer", () => {
  const roster = new Roster();
  roster.update([card("old", "needs_reply", { lastMs: 1 }), card("new", "needs_reply", { lastMs: 2 })]);
  roster.hold("pointer");
  roster.sort = "newest";
  expect(shown(roster)).toBe("needs_reply(2) new old");
});
