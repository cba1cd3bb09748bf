import { expect, test } from "vitest";
import { FakeCore, scene } from "../bridge/fake";
import type { Push } from "../bridge/types";
import { Messages } from "../shared/i18n";
import { Desk } from "./desk.svelte";

const now = 1_700_000_000_000;

function desk() {
  const state = scene("main", now);
  const core = new FakeCore(state);
  const desk = new Desk(core, new Messages("en"));
  return { desk, core, whole: state.push };
}
const nothing: Push = { seq: 2, transcripts: [], notices: [] };

test("a whole push sets everything", () => {
  const { desk: d, whole } = desk();
  expect([d.session, d.rosterKnown]).toEqual([undefined, false]);
  d.receive(whole, true);
  expect([d.session, d.link, d.me, d.org, d.interactions, d.tabs, d.active, d.settings]).toEqual([
    whole.session,
    whole.link,
    whole.me,
    whole.org,
    whole.roster.interactions,
    whole.tabs.open,
    "mara",
    whole.settings,
  ]);
  expect([d.typing("mara"), d.typing("aarav")]).toEqual([true, false]);
});

test("nil fields leave all as it is, as Go sends them", () => {
  const { desk: d, whole } = desk();
  d.receive(whole, true);
  const nil = { seq: 2, session: null, link: null, me: null, roster: null, tabs: null, typing: null } as unknown;
  d.receive({ ...(nil as Push), transcripts: null as never, notices: null as never }, false);
  expect([d.session, d.active, d.interactions.length, d.typing("mara")]).toEqual([whole.session, "mara", 10, true]);
});

test("notices that were dismissed stay away", () => {
  const { desk: d, whole } = desk();
  const notice = { id: "n1", level: "error", text: "No.", conversation: "" };
  d.receive({ ...whole, notices: [notice] }, true);
  expect(d.notices).toEqual([notice]);
  d.dismiss("n1");
  d.receive({ ...nothing, notices: [notice] }, false);
  expect(d.notices).toEqual([]);
});

test("a closed tab's transcript is forgotten, an open one's changes are applied", async () => {
  const { desk: d, whole, core } = desk();
  d.receive(whole, true);
  const transcript = d.transcript("mara");
  expect(d.transcript("mara")).toBe(transcript);
  d.receive({ ...nothing, transcripts: [{ conversation: "mara", from: 0, total: 1, items: [] }] }, false);
  expect(transcript.total).toBe(1);
  d.receive({ ...nothing, tabs: { open: [], active: "" } }, false);
  expect(d.transcript("mara")).not.toBe(transcript);
  await Promise.resolve();
  expect(core.calls.filter(([name]) => name === "transcript")).toHaveLength(2);
});

test("what rings is shouted, what others write is said once, the conversation on show is left to itself", () => {
  const { desk: d, whole } = desk();
  d.receive(whole, true);
  expect([d.assertive, d.polite]).toEqual(["", ""]);
  const written = whole.roster.interactions.map((each) => ({ ...each, inbound: each.inbound + 1 }));
  d.receive({ ...nothing, roster: { interactions: written.slice(0, 2) } }, false);
  expect(d.polite).toBe("Aarav Mehta: Could you confirm before I leave?");
  const ringing = {
    ...written[0]!,
    id: "new",
    status: "alerting",
    contact: "Jonas",
    alertUntilMs: Date.now() + 20_000,
  };
  d.receive({ ...nothing, roster: { interactions: [ringing, ...written.slice(0, 2)] } }, false);
  expect(d.assertive).toMatch(/^Jonas is alerting on Orders, (19|20) seconds left/);
  d.receive({ ...nothing, roster: { interactions: [ringing, ...written.slice(0, 2)] } }, false);
  expect(d.polite).toBe("Aarav Mehta: Could you confirm before I leave?");
});

test("a failed attempt keeps its words beside its cause until the next one", async () => {
  const { desk: d, core } = desk();
  core.failures.set("setPresence", "The hub does not answer.");
  expect(await d.setPresence("busy")).toBe(false);
  expect([d.trouble("presence"), d.assertive]).toEqual(["The hub does not answer.", "The hub does not answer."]);
  expect(await d.setPresence("busy")).toBe(true);
  expect(d.trouble("presence")).toBe("");
});

test("a setting takes effect before the core answers", async () => {
  const { desk: d, core, whole } = desk();
  d.receive(whole, true);
  const done = d.set({ theme: "dark" });
  expect(d.settings?.theme).toBe("dark");
  await done;
  expect(core.calls.at(-1)).toEqual(["set", { ...whole.settings, theme: "dark" }]);
});
