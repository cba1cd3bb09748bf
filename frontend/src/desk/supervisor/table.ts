import type { BoardAgent, BoardQueue, Table } from "../../bridge/types";
import type { Messages } from "../../shared/i18n";
import { occupancy } from "./order";

/** table is what the board shows, as it is exported: queues, an empty line, agents. */
export function table(queues: readonly BoardQueue[], agents: readonly BoardAgent[], now: number, m: Messages): Table {
  const part = (value: number) => (value < 0 ? "" : value.toFixed(1));
  const seconds = (ms: number) => (ms < 0 ? "" : String(Math.round(ms / 1000)));
  const header = [
    "queue",
    "channel",
    "waiting",
    "longest",
    "serviceLevel",
    "offered",
    "answered",
    "abandoned",
    "asa",
    "aht",
  ];
  const cells = (list: string[]) => ({ cells: list });
  return {
    name: `board-${new Date(now).toISOString().slice(0, 16).replace(/[:T]/g, "-")}`,
    header: header.map((each) => m.t(`csv.${each}` as "csv.queue")),
    rows: [
      ...queues.map((each) =>
        cells([
          each.name,
          each.channel,
          String(each.waiting),
          each.longestMs > 0 ? seconds(now - each.longestMs) : "",
          part(each.serviceLevel),
          String(each.offered),
          String(each.answered),
          part(each.abandonRate),
          seconds(each.asaMs),
          seconds(each.ahtMs),
        ]),
      ),
      cells([]),
      cells(
        ["agent", "status", "since", "used", "occupancy", "handled", "ahtOfAgent"].map((each) =>
          m.t(`csv.${each}` as "csv.agent"),
        ),
      ),
      ...agents.map((each) =>
        cells([
          each.name,
          each.label || each.status,
          each.statusMs > 0 ? seconds(now - each.statusMs) : "",
          String(each.used),
          part(occupancy(each, now)),
          String(each.handled),
          seconds(each.ahtMs),
        ]),
      ),
    ],
  };
}
