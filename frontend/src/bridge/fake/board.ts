import type { Board, BoardAgent, BoardQueue, Coaching, LiveConversation, Monitored, Supervision } from "../types";

const second = 1000;
const minute = 60 * second;

/** noSupervision is what an agent without rights over others is told. */
export function noSupervision(): Supervision {
  return { rights: [], zone: "Europe/Stockholm", watchBoard: false, monitored: [], coaching: [] };
}

/** supervision is what a supervisor of every queue is told. */
export function supervision(): Supervision {
  const rights = [
    "see_queues",
    "see_agents",
    "see_reports",
    "export",
    "monitor",
    "coach",
    "take_over",
    "assign",
    "reassign",
    "set_priority",
    "disconnect_other",
    "set_status",
    "set_membership",
  ].map((action) => ({ action, everywhere: false, queues: queues.map((each) => each.id) }));
  return { ...noSupervision(), rights };
}

/** noBoard is the board before it is watched. */
export function noBoard(): Board {
  return {
    state: "off",
    atMs: 0,
    dayMs: 0,
    whole: true,
    total: total([], []),
    queues: [],
    agents: [],
    live: [],
    gone: [],
  };
}

interface Seed {
  id: string;
  name: string;
  channels: string[];
  waiting: number;
  longest: number;
  within: number;
  offered: number;
  answered: number;
  abandoned: number;
  asa: number;
  aht: number;
}

/** The queues of the board scene. */
const queues: Seed[] = [
  ["returns", "Returns", "whatsapp messenger", 9, 252, 115, 212, 188, 13, 108, 500],
  ["web", "Web orders", "web", 6, 63, 325, 402, 391, 8, 31, 362],
  ["orders", "Orders", "x instagram", 3, 52, 164, 187, 184, 2, 24, 431],
  ["shop", "Shop", "whatsapp sms", 2, 40, 147, 164, 161, 2, 22, 276],
  ["delivery", "Delivery", "sms open", 3, 33, 213, 240, 236, 3, 19, 238],
  ["workshop", "Workshop", "web messenger", 0, 0, 120, 126, 124, 1, 14, 587],
].map(([id, name, channels, waiting, longest, within, offered, answered, abandoned, asa, aht]) => ({
  id: String(id),
  name: String(name),
  channels: String(channels).split(" "),
  waiting: Number(waiting),
  longest: Number(longest),
  within: Number(within),
  offered: Number(offered),
  answered: Number(answered),
  abandoned: Number(abandoned),
  asa: Number(asa),
  aht: Number(aht),
}));

/** share gives one of several channels its part of a count. */
function share(count: number, of: number, index: number): number {
  return Math.floor(count / of) + (index < count % of ? 1 : 0);
}

function figures(seed: Seed, of = 1, index = 0) {
  const [offered, answered, abandoned, answeredWithin] = [seed.offered, seed.answered, seed.abandoned, seed.within].map(
    (count) => share(count, of, index),
  ) as [number, number, number, number];
  return {
    offered,
    answered,
    answeredWithin,
    abandoned,
    shortAbandoned: 0,
    flowedOut: Math.max(0, offered - answered - abandoned - share(seed.waiting, of, index)),
    serviceLevel: (100 * answeredWithin) / (answered + abandoned),
    abandonRate: (100 * abandoned) / offered,
    asaMs: seed.asa * second,
    waitMaxMs: seed.asa * 6 * second,
    handled: answered,
    ahtMs: seed.aht * second,
    talkMs: answered * seed.aht * 900,
    acwMs: answered * seed.aht * 100,
    handleMaxMs: seed.aht * 4 * second,
    transfersIn: 4,
    transfersOut: 6,
    takenOver: 1,
    pulled: 2,
    parkedCount: 9,
    inactive: 3,
    unanswered: 11,
    surveys: 40,
    score: 4.3,
    scale: 5,
  };
}

function row(seed: Seed, now: number, index: number): BoardQueue[] {
  const common = {
    queue: seed.id,
    name: seed.name,
    connected: 7 + index,
    parked: 1,
    afterCall: 2,
    target: 80,
    withinMs: minute,
    alerts: [] as BoardQueue["alerts"],
    agents: { idle: 0, interacting: 0, afterCall: 0, notResponding: 0 },
  };
  const line = (of: number, at: number): Omit<BoardQueue, keyof typeof common | "id" | "channel" | "channels"> => ({
    ...figures(seed, of, at),
    waiting: share(seed.waiting, of, at),
    alerting: seed.waiting > 3 && at === 0 ? 1 : 0,
    longestMs: seed.waiting > at ? now - (seed.longest - at * 9) * second : 0,
    spark: Array.from({ length: 60 }, (_, i) =>
      Math.max(0, Math.round((seed.waiting / of) * (0.5 + i / 120) + Math.sin(i * (1.3 + index)) * 1.4)),
    ),
  });
  const whole: BoardQueue = {
    ...common,
    ...line(1, 0),
    id: seed.id,
    channel: "",
    channels: seed.channels,
    agents: {
      idle: 1,
      interacting: 4 + (index % 3),
      afterCall: index % 2,
      notResponding: seed.id === "returns" ? 1 : 0,
    },
    alerts:
      seed.id === "returns"
        ? [
            { metric: "longestWait", level: "alarm", limit: 240 },
            { metric: "serviceLevel", level: "warn", limit: 80 },
          ]
        : [],
  };
  return [
    whole,
    ...seed.channels.map((channel, at) => ({
      ...common,
      ...line(seed.channels.length, at),
      id: `${seed.id}/${channel}`,
      channel,
      channels: [channel],
    })),
  ];
}

type Doing = [
  name: string,
  status: string,
  presence: string,
  label: string,
  since: number,
  channels: string,
  queues: string,
];

const people: Doing[] = [
  ["Hana Osei", "not_responding", "on_queue", "On queue", 220, "whatsapp messenger", "returns shop"],
  ["Idris Cole", "interacting", "on_queue", "On queue", 1120, "web web web sms voice", "web delivery"],
  ["Jonah Berg", "interacting", "on_queue", "On queue", 729, "whatsapp sms whatsapp", "shop returns"],
  [
    "Sofia Lindqvist",
    "interacting",
    "on_queue",
    "On queue",
    424,
    "x whatsapp messenger web sms instagram",
    "orders web",
  ],
  ["Mei Kato", "interacting", "on_queue", "On queue", 355, "web messenger", "workshop"],
  ["Ada Fontaine", "interacting", "on_queue", "On queue", 151, "instagram x", "orders"],
  ["Yuki Tanaka", "acw", "on_queue", "On queue", 72, "web open", "web"],
  ["Noah Dlamini", "idle", "on_queue", "On queue", 48, "", "shop workshop"],
  ["Elif Polat", "idle", "on_queue", "On queue", 12, "", "orders"],
  ["Rui Moreira", "meal", "meal", "Meal", 1325, "", "delivery returns"],
  ["Dario Santos", "break", "break", "Break", 380, "", "returns"],
  ["Wolfeschlegelsteinhausenbergerdorff-Montgomery", "offline", "offline", "Offline", 0, "", "returns web"],
];

function agent(
  [name, status, presence, label, since, channels, memberOf]: Doing,
  now: number,
  index: number,
): BoardAgent {
  const counts = new Map<string, number>();
  for (const channel of channels.split(" ").filter(Boolean)) counts.set(channel, (counts.get(channel) ?? 0) + 1);
  const used = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const onQueue = presence === "on_queue";
  return {
    id: `agent-${index + 1}`,
    name,
    status,
    label,
    statusMs: since ? now - since * second : 0,
    presence,
    presenceMs: since ? now - (since + 900) * second : 0,
    channels: [...counts].map(([channel, count]) => ({ channel, count })),
    used,
    capacity: 8,
    alerting: 0,
    talking: status === "acw" ? 0 : used,
    afterCall: status === "acw" ? used : 0,
    queues: memberOf.split(" ").map((id, at) => ({
      id,
      name: queues.find((each) => each.id === id)?.name ?? id,
      joined: index !== 3 || at === 0,
    })),
    onQueueMs: 200 * minute,
    busyMs: (190 - index * 11) * minute,
    settledMs: now,
    onQueue,
    busy: status === "interacting" || status === "acw",
    answered: 42 - index * 2,
    handled: 40 - index * 2,
    ahtMs: (300 + index * 17) * second,
    declined: index % 3,
    expired: index === 0 ? 2 : 0,
    notResponding: index === 0 ? 2 : 0,
    transferred: index % 4,
  };
}

const contacts = [
  "Priya Raman",
  "Mara Lindholm",
  "Aarav Mehta",
  "نور السيد",
  "Chloé Besson",
  "Wolfeschlegelsteinhausenbergerdorff-Montgomery of the Northern Fells",
];

function live(now: number): LiveConversation[] {
  const phases = ["connected", "waiting", "alerting", "connected", "parked", "acw"];
  return Array.from({ length: 24 }, (_, i) => {
    const seed = queues[i % queues.length] ?? queues[0];
    const phase = phases[i % phases.length] ?? "connected";
    const held = phase !== "waiting";
    const who = people[1 + (i % 8)]?.[0] ?? "";
    return {
      id: i === 0 ? "priya" : `live-${i}`,
      channel: seed?.channels[i % (seed.channels.length || 1)] ?? "web",
      contact: contacts[i % contacts.length] ?? "",
      queue: seed?.id ?? "",
      queueName: seed?.name ?? "",
      phase,
      phaseMs: now - (30 + i * 41) * second,
      startedMs: now - (90 + i * 97) * second,
      queuedMs: now - (60 + i * 60) * second,
      agent: held ? `agent-${2 + (i % 8)}` : "",
      agentName: held ? who : "",
      forName: i === 7 ? "Elif Polat" : "",
      priority: i === 1 ? 5 : 0,
      unansweredMs: phase === "connected" && i % 2 === 0 ? now - (20 + i * 13) * second : 0,
      helpMs: i === 3 ? now - 40 * second : 0,
      watchers: i === 0 ? ["Mina Farah"] : [],
    };
  });
}

function total(rows: readonly BoardQueue[], agents: readonly BoardAgent[]): Board["total"] {
  const wholes = rows.filter((each) => each.channel === "");
  const sum = (of: (each: BoardQueue) => number) => wholes.reduce((all, each) => all + of(each), 0);
  const waits = wholes.filter((each) => each.longestMs > 0).sort((a, b) => a.longestMs - b.longestMs);
  const answered = sum((each) => each.answered);
  const abandoned = sum((each) => each.abandoned);
  const offered = sum((each) => each.offered);
  const answeredWithin = sum((each) => each.answeredWithin);
  const onQueue = agents.filter((each) => each.onQueue);
  const seed = queues[0] as Seed;
  return {
    ...figures({ ...seed, waiting: 0, offered, answered, abandoned, within: answeredWithin }),
    ...(offered === 0 && { serviceLevel: -1, abandonRate: -1, asaMs: -1, ahtMs: -1, score: -1, surveys: 0 }),
    waiting: sum((each) => each.waiting),
    longestMs: waits[0]?.longestMs ?? 0,
    longestQueue: waits[0]?.name ?? "",
    connected: sum((each) => each.connected),
    onQueue: onQueue.length,
    idle: onQueue.filter((each) => each.status === "idle").length,
    away: agents.filter((each) => !each.onQueue && each.presence !== "offline").length,
  };
}

/** board is the whole board of the board scene at now. */
export function board(now: number): Board {
  const rows = queues.flatMap((seed, i) => row(seed, now, i));
  const agents = people.map((each, i) => agent(each, now, i));
  const dayMs = new Date(now).setHours(0, 0, 0, 0);
  return {
    state: "live",
    atMs: now,
    dayMs,
    whole: true,
    total: total(rows, agents),
    queues: rows,
    agents,
    live: live(now),
    gone: [],
  };
}

/** watched is the conversation with Priya, as it is monitored. */
export function watched(now: number): Monitored {
  return {
    id: "priya",
    contact: "Priya Raman",
    handle: "",
    channel: "web",
    queueName: "Web orders",
    phase: "connected",
    agentName: "Idris Cole",
    connectedMs: now - 18 * minute,
    queuedMs: now - 19 * minute,
    helpMs: 0,
    endedMs: 0,
    priority: 0,
    watchers: ["Mina Farah"],
    loaded: true,
    problem: "",
  };
}

/** coaching is what was written about it in private. */
export function coaching(now: number): Coaching {
  return {
    id: "priya",
    lines: [
      {
        id: "coach-1",
        atMs: now - 2 * minute,
        by: "Idris Cole",
        mine: false,
        text: "Both show as captured in the shop, is that a real double charge?",
        erased: false,
      },
      {
        id: "coach-2",
        atMs: now - minute,
        by: "Sofia Lindqvist",
        mine: true,
        text: "Yes. Refund the second at once, reason code 12, and tell her it takes two days.",
        erased: false,
      },
    ],
  };
}
