import type { Bridge } from "../bridge";
import type { Coaching, Monitored, Push, ReportRow } from "../types";
import { board, noBoard, watched } from "./board";

/** Core is what the supervisor's area of the fake needs of the rest. */
interface Core {
  called(name: string, ...args: unknown[]): void;
  asked(name: string, ...args: unknown[]): Promise<void>;
  now(): Required<Push>;
  push(change: Partial<Omit<Push, "seq">>): void;
}

/** supervising answers as the Go core does: what is asked for comes as pushes. */
export function supervising(core: Core): Bridge["supervising"] {
  const change = (by: Partial<Push["supervision"]>) => core.push({ supervision: { ...core.now().supervision, ...by } });
  const live = (id: string, by: object) => {
    const now = core.now().board;
    const rows = now.live.filter((each) => each.id === id).map((each) => ({ ...each, ...by }));
    core.push({ board: { ...now, whole: false, queues: [], agents: [], live: rows, gone: [] } });
  };
  const agent = (id: string, by: object) => {
    const now = core.now().board;
    const rows = now.agents.filter((each) => each.id === id).map((each) => ({ ...each, ...by }));
    core.push({ board: { ...now, whole: false, queues: [], agents: rows, live: [], gone: [] } });
  };
  const gone = (id: string) => {
    const now = core.now().board;
    core.push({ board: { ...now, whole: false, queues: [], agents: [], live: [], gone: [id] } });
  };
  return {
    watchBoard: (on) => {
      core.called("watchBoard", on);
      change({ watchBoard: on });
      core.push({ board: on ? board(Date.now()) : noBoard() });
    },
    board: async () => {
      await core.asked("board");
      return { ...core.now().board, whole: true };
    },
    boardAt: async (atMs) => {
      await core.asked("boardAt", atMs);
      return { ...board(atMs), state: "past" };
    },
    monitor: (id) => {
      core.called("monitor", id);
      const { monitored } = core.now().supervision;
      if (monitored.some((each) => each.id === id)) return;
      const row = core.now().board.live.find((each) => each.id === id);
      const next: Monitored = { ...watched(Date.now()), id };
      if (row) {
        next.contact = row.contact;
        next.channel = row.channel;
        next.queueName = row.queueName;
        next.phase = row.phase;
        next.agentName = row.agentName;
        next.watchers = row.watchers;
      }
      change({ monitored: [...monitored, next] });
    },
    unmonitor: (id) => {
      core.called("unmonitor", id);
      const { monitored, coaching } = core.now().supervision;
      change({
        monitored: monitored.filter((each) => each.id !== id),
        coaching: coaching.filter((each) => each.id !== id),
      });
    },
    coach: async (id, text) => {
      await core.asked("coach", id, text);
      const { coaching } = core.now().supervision;
      const old: Coaching = coaching.find((each) => each.id === id) ?? { id, lines: [] };
      const line = {
        id: `coach-${old.lines.length + 1}`,
        atMs: Date.now(),
        by: "Sofia Lindqvist",
        mine: true,
        text,
        erased: false,
      };
      change({ coaching: [...coaching.filter((each) => each.id !== id), { id, lines: [...old.lines, line] }] });
    },
    takeOver: async (id) => {
      await core.asked("takeOver", id);
      const { monitored } = core.now().supervision;
      change({ monitored: monitored.filter((each) => each.id !== id) });
      live(id, { agentName: "Sofia Lindqvist", phase: "connected", phaseMs: Date.now() });
      const { open } = core.now().tabs;
      core.push({
        tabs: { open: [...open.filter((each) => each.id !== id), { id, draft: "", files: [] }], active: id },
      });
    },
    reassign: async (id, queue, to) => {
      await core.asked("reassign", id, queue, to);
      const now = core.now().board;
      live(id, {
        phase: "waiting",
        phaseMs: Date.now(),
        agent: "",
        agentName: "",
        ...(queue && { queue, queueName: now.queues.find((each) => each.id === queue)?.name ?? queue }),
        forName: now.agents.find((each) => each.id === to)?.name ?? "",
      });
    },
    setPriority: async (id, priority) => {
      await core.asked("setPriority", id, priority);
      live(id, { priority });
    },
    cutOff: async (id) => {
      await core.asked("cutOff", id);
      gone(id);
    },
    closeHelp: async (id) => {
      await core.asked("closeHelp", id);
      live(id, { helpMs: 0 });
    },
    setStatus: async (id, presence) => {
      await core.asked("setStatus", id, presence);
      const on = presence === "on_queue";
      agent(id, {
        presence,
        onQueue: on,
        status: on ? "idle" : presence,
        statusMs: Date.now(),
        presenceMs: Date.now(),
      });
    },
    setMembership: async (id, queue, join) => {
      await core.asked("setMembership", id, queue, join);
      const row = core.now().board.agents.find((each) => each.id === id);
      const queues = row?.queues.map((each) => (each.id === queue ? { ...each, joined: join } : each)) ?? [];
      agent(id, { queues });
    },
    report: async (query) => {
      await core.asked("report", query);
      const rows = board(query.toMs).queues.filter((each) => each.channel === "");
      return { rows: query.of === "queues" ? rows.map((each) => reportRow(each)) : [] };
    },
    history: async (id) => {
      await core.asked("history", id);
      const at = Date.now() - 19 * 60_000;
      const entry = (afterS: number, event: string, by: object) => ({
        atMs: at + afterS * 1000,
        actor: "hub",
        by: "",
        event,
        agentName: "",
        queueName: "",
        reason: "",
        code: "",
        number: 0,
        ...by,
      });
      return {
        conversation: id,
        entries: [
          entry(0, "started", { actor: "guest", reason: "web" }),
          entry(0, "queued", { queueName: "Web orders", reason: "new" }),
          entry(0, "message_received", { actor: "guest" }),
          entry(7, "alerted", { agentName: "Idris Cole", reason: "longest idle of four" }),
          entry(11, "connected", { actor: "agent", by: "Idris Cole", agentName: "Idris Cole" }),
          entry(400, "monitor_started", { actor: "agent", by: "Mina Farah", agentName: "Mina Farah" }),
        ],
      };
    },
    saveTable: async (table) => {
      await core.asked("saveTable", table);
      return `/home/sofia/${table.name}.csv`;
    },
  };
}

function reportRow(each: ReturnType<typeof board>["queues"][number]): ReportRow {
  return {
    ...each,
    atMs: 0,
    queueName: each.name,
    agent: "",
    agentName: "",
    code: "",
    codeName: "",
    alerted: 0,
    declined: 0,
    expired: 0,
    notResponding: 0,
    transferred: 0,
    occupancy: -1,
    onQueueMs: 0,
    busyMs: 0,
    notRespondingMs: 0,
    availableMs: 0,
    workMs: 0,
    awayMs: 0,
    breakMs: 0,
    mealMs: 0,
    meetingMs: 0,
    trainingMs: 0,
  };
}
