import type { Act } from "../acts";
import type { Desk } from "../desk.svelte";
import { fold, holds } from "../canned/canned";
import { perform, toggleQueue } from "../frame/commands";
import type { Messages } from "../../shared/i18n";

/** Entry is one thing to go to or to do. */
export interface Entry {
  id: string;
  /** interactions to go to come first, then what can be done. */
  group: "go" | "do";
  name: string;
  /** What else finds it, and stands beside it. */
  more: string;
  channel?: string;
  caps?: readonly string[];
  run: () => void;
}

/** entries lists what can be gone to and done now. */
export function entries(desk: Desk, m: Messages): Entry[] {
  return [...interactions(desk, m), ...ofInteraction(desk, m), ...ofAgent(desk, m)];
}

function interactions(desk: Desk, m: Messages): Entry[] {
  return desk.interactions.map((each) => ({
    id: `go/${each.id}`,
    group: "go",
    name: each.contact,
    more: [each.queueName, m.t(`group.${each.group}` as "group.earlier")].join(" · "),
    channel: each.channel,
    run: () => desk.open(each.id),
  }));
}

function ofInteraction(desk: Desk, m: Messages): Entry[] {
  const interaction = desk.interaction(desk.active);
  if (!interaction || (interaction.status !== "connected" && interaction.status !== "parked")) return [];
  const more = interaction.contact;
  const act = (id: Act, name: string, ...caps: string[]): Entry => ({
    id: `do/${id}`,
    group: "do",
    name,
    more,
    caps,
    run: () => desk.acts.run(id),
  });
  const all = [act("transfer", m.t("transfer.do"), "Mod", "Shift", "T")];
  if (interaction.status === "parked") return all;
  return [
    ...all,
    act("park", m.t("park.do"), "Mod", "Shift", "P"),
    act("help", m.t(interaction.helpMs > 0 ? "help.asked" : "help.ask"), "Mod", "Shift", "H"),
    act("end", m.t("conversation.end"), "Mod", "E"),
  ];
}

function ofAgent(desk: Desk, m: Messages): Entry[] {
  const me = desk.me;
  const act = (id: string, name: string, run: () => void, caps?: readonly string[]): Entry => ({
    id: `do/${id}`,
    group: "do",
    name,
    more: "",
    run,
    ...(caps ? { caps } : {}),
  });
  const presences = (me?.presences ?? [])
    .filter((each) => each.id !== me?.presence)
    .map((each) =>
      act(`presence/${each.id}`, m.t("palette.presence", { name: each.label }), () => void desk.setPresence(each.id)),
    );
  const queues = (me?.queues ?? []).map((each) =>
    act(
      `queue/${each.id}`,
      m.t(each.joined ? "palette.leave" : "palette.join", { name: each.name }),
      () => void desk.attempt("presence", () => desk.bridge.handling.setQueue(each.id, !each.joined)),
    ),
  );
  return [
    act("urgent", m.t("keys.nextUrgent"), () => void perform({ do: "next-urgent" }, desk), ["Mod", "J"]),
    act("queue", m.t("keys.queue"), () => void toggleQueue(desk), ["Mod", "Shift", "Q"]),
    ...presences,
    ...queues,
    act("panel", m.t("keys.panel"), () => desk.layout.togglePanel(), ["Mod", "I"]),
    act("settings", m.t("keys.settings"), () => desk.layout.show("settings"), ["Mod", ","]),
  ];
}

/** match lists the entries that hold every word; what begins with the words comes first. */
export function match(all: readonly Entry[], words: string): Entry[] {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [...all];
  const start = wanted.join(" ");
  const begins = (each: Entry) => Number(!fold(each.name).startsWith(start));
  return all
    .filter((each) => holds(`${each.name} ${each.more}`, wanted))
    .sort((a, b) => Number(a.group === "do") - Number(b.group === "do") || begins(a) - begins(b));
}
