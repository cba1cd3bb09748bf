import type { View } from "./protocol/contract";
import type { Reply } from "./protocol/frames";
import type { Outgoing } from "./protocol/outbox";
import type { Entry } from "./protocol/timeline";

export interface TurnRow {
  kind: "turn";
  key: string;
  own: boolean;
  /** Shown over the first turn of an author; "" for none. */
  name: string;
  entries: Entry[];
  outgoing: Outgoing[];
  /** Suggestions under the turn; only the newest one offers them. */
  replies: Reply[];
}

export type Row = { kind: "day"; key: string; time: number } | { kind: "ended"; key: string; name: string } | TurnRow;

const TURN_GAP_MS = 5 * 60_000;
const sameDay = (a: number, b: number): boolean => new Date(a).toDateString() === new Date(b).toDateString();

/** Groups what is known into days and turns: messages of one person within five minutes stand together. */
export function rowsOf(view: Pick<View, "entries" | "outgoing">): Row[] {
  const rows: Row[] = [];
  let day = -Infinity;
  let lastName = "";
  let previous: Entry | null = null;
  for (const entry of view.entries) {
    if (entry.kind !== "message" && entry.kind !== "disconnect") continue;
    if (!sameDay(day, entry.time)) {
      rows.push({ kind: "day", key: `day ${entry.key}`, time: entry.time });
      [day, previous, lastName] = [entry.time, null, ""];
    }
    const name = entry.author?.name ?? "";
    if (entry.kind === "disconnect") {
      rows.push({ kind: "ended", key: `end ${entry.key}`, name });
      [previous, lastName] = [null, ""];
      continue;
    }
    const turn = rows.at(-1);
    const joins =
      turn?.kind === "turn" &&
      previous !== null &&
      turn.own === entry.own &&
      (previous.author?.name ?? "") === name &&
      entry.time - previous.time < TURN_GAP_MS;
    if (joins) turn.entries.push(entry);
    else {
      const shown = entry.own || name === lastName ? "" : name;
      rows.push({
        kind: "turn",
        key: entry.key,
        own: entry.own,
        name: shown,
        entries: [entry],
        outgoing: [],
        replies: [],
      });
      if (!entry.own) lastName = name;
    }
    previous = entry;
  }
  offerReplies(rows);
  return addOutgoing(rows, view.outgoing, day);
}

/** Old suggestions would answer a question that is no longer asked. */
function offerReplies(rows: Row[]): void {
  const turn = rows.at(-1);
  if (turn?.kind === "turn" && !turn.own) turn.replies = turn.entries.at(-1)?.replies ?? [];
}

function addOutgoing(rows: Row[], outgoing: readonly Outgoing[], day: number): Row[] {
  const [first] = outgoing;
  if (first === undefined) return rows;
  for (const row of rows) if (row.kind === "turn") row.replies = [];
  if (!sameDay(day, first.at)) rows.push({ kind: "day", key: `day ${first.id}`, time: first.at });
  const last = rows.at(-1);
  if (last?.kind === "turn" && last.own) last.outgoing.push(...outgoing);
  else
    rows.push({ kind: "turn", key: first.id, own: true, name: "", entries: [], outgoing: [...outgoing], replies: [] });
  return rows;
}

/** Who is in the conversation now: the last person who wrote since it last ended; "" for nobody yet. */
export function presentAgent(entries: readonly Entry[]): string {
  for (const entry of [...entries].reverse()) {
    if (entry.kind === "disconnect") return "";
    if (!entry.own && entry.kind === "message" && entry.author?.bot === false) return entry.author.name;
  }
  return "";
}
