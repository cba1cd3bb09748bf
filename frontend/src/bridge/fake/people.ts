import type { Channel, Interaction, Me, Org, Settings, Targets, Waits } from "../types";

/** What may be pulled. */
export const waits: Waits[] = [
  {
    id: "w-1",
    queueName: "Orders",
    channel: "web",
    contact: "Ines Castro",
    sinceMs: Date.now() - 262_000,
    priority: 5,
  },
  { id: "w-2", queueName: "Orders", channel: "whatsapp", contact: "", sinceMs: Date.now() - 140_000, priority: 0 },
];

/** Where interactions may go. */
export const targets: Targets = {
  note: "",
  queues: [
    { id: "orders", name: "Orders", waiting: 3, longestMs: Date.now() - 140_000, onQueue: 4 },
    { id: "returns", name: "Returns", waiting: 0, longestMs: 0, onQueue: 2 },
    { id: "express", name: "Express answers", waiting: 1, longestMs: Date.now() - 20_000, onQueue: 0 },
  ],
  agents: [
    agent("agent-2", "Daniel Okafor", "on_queue", "On queue", "interacting", 2),
    agent("agent-3", "Mei Tanaka", "on_queue", "On queue", "idle", 0),
    agent("agent-4", "Lukas Brandt", "meal", "Meal", "off_queue", 0),
  ],
};

function agent(id: string, name: string, presence: string, label: string, routing: string, held: number) {
  return { id, name, presence, label, routing, held, queues: ["Orders"] };
}

const second = 1000;
const minute = 60 * second;

type Seed = Partial<Interaction> & { contact: string; channel: string };

/** interaction fills in what a seed leaves out. */
export function interaction(seed: Seed, now: number, number: number): Interaction {
  const id = seed.id ?? `conv-${number}`;
  const connected = now - (number % 17) * minute - 4 * second;
  return {
    id,
    communication: `comm-${number}`,
    contactId: seed.contactId ?? `contact-${number}`,
    handle: "",
    queue: "orders",
    queueName: "Orders",
    status: "connected",
    group: "needs_reply",
    lastText: "",
    lastDirection: "inbound",
    lastFailed: false,
    lastPending: false,
    unread: 0,
    inbound: 3,
    lastMs: now - number * 41 * second,
    waitMs: 0,
    queuedMs: 0,
    alertedMs: 0,
    alertUntilMs: 0,
    connectedMs: connected,
    autoAnswered: false,
    acwUntilMs: 0,
    endedMs: 0,
    endReason: "",
    wrapUpCode: "",
    why: "longest idle of four who speak Swedish",
    details: [],
    permit: "",
    acwOptional: false,
    parkedMs: 0,
    parkUntilMs: 0,
    priority: 0,
    helpMs: 0,
    inactiveAtMs: 0,
    handedBy: "",
    handedNote: "",
    handedAtMs: 0,
    surveyScore: 0,
    surveyScale: 0,
    ...seed,
  };
}

/** The cast of the main scene, as the hub would order it. */
export function cast(now: number): Interaction[] {
  const ago = (seconds: number) => now - seconds * second;
  const seeds: Seed[] = [
    {
      id: "aarav",
      contact: "Aarav Mehta",
      channel: "whatsapp",
      handle: "+91 98200 41222",
      lastText: "Could you confirm before I leave?",
      unread: 3,
      inbound: 5,
      lastMs: ago(370),
      waitMs: ago(370),
    },
    {
      id: "mara",
      contact: "Mara Lindholm",
      channel: "x",
      handle: "@maralindholm",
      lastText: "The long one. Order TF-20418",
      lastMs: ago(52),
      waitMs: ago(52),
      connectedMs: ago(424),
      details: [
        { key: "X", value: "@maralindholm" },
        { key: "E-mail", value: "mara@lindholm.example" },
        { key: "Local time", value: "10:24 in Uppsala" },
        { key: "Order", value: "TF-20418" },
        { key: "Customer since", value: "2021" },
      ],
    },
    {
      id: "priya",
      contact: "Priya Raman",
      contactId: "contact-priya",
      channel: "web",
      lastText: "The zip is fine now, one more thing",
      unread: 2,
      lastMs: ago(78),
      waitMs: ago(78),
    },
    {
      id: "priya-sms",
      contact: "Priya Raman",
      contactId: "contact-priya",
      channel: "sms",
      handle: "+44 7700 900412",
      lastText: "Your code for the locker is 4471",
      lastDirection: "outbound",
      lastFailed: true,
      lastMs: ago(140),
    },
    {
      id: "chloe",
      contact: "Chloé Besson",
      channel: "messenger",
      lastText: "Photo",
      unread: 1,
      lastMs: ago(125),
      waitMs: ago(125),
    },
    {
      id: "instagram",
      contact: "17841405822304914",
      channel: "instagram",
      handle: "17841405822304914",
      group: "waiting_for_contact",
      lastText: "Which colour would you like?",
      lastDirection: "outbound",
      lastMs: ago(4 * 60),
    },
    {
      id: "tomasz",
      contact: "Tomasz Wójcik",
      channel: "open",
      group: "waiting_for_contact",
      lastText: "Refund is on its way",
      lastDirection: "outbound",
      lastMs: ago(11 * 60),
    },
    {
      id: "hanna",
      contact: "Hanna Virtanen",
      channel: "messenger",
      status: "acw",
      group: "acw",
      lastText: "Thanks a lot, bye!",
      lastMs: ago(80),
      endedMs: ago(72),
      endReason: "agent",
      acwUntilMs: now + 48 * second,
    },
    {
      id: "luis",
      contact: "Luis Ferreira",
      channel: "whatsapp",
      status: "ended",
      group: "earlier",
      lastText: "Perfect, thank you",
      lastMs: ago(52 * 60),
      endedMs: ago(50 * 60),
      endReason: "contact",
      wrapUpCode: "delivery",
    },
    {
      id: "nour",
      contact: "نور السيد",
      channel: "web",
      status: "ended",
      group: "earlier",
      lastText: "شكرا جزيلا، وصلت الخيمة",
      lastMs: ago(3 * 3600),
      endedMs: ago(3 * 3600),
      endReason: "agent",
      wrapUpCode: "product",
    },
  ];
  return seeds.map((seed, i) => interaction(seed, now, i + 1));
}

/** jonas rings until `left` seconds from now. */
export function jonas(now: number, left = 14): Interaction {
  return interaction(
    {
      id: "jonas",
      contact: "Jonas Weber",
      channel: "web",
      queue: "web",
      queueName: "Web orders",
      status: "alerting",
      group: "alerting",
      lastText: "My payment was declined twice, but the money has left my account",
      unread: 1,
      inbound: 1,
      lastMs: now - 46 * second,
      waitMs: now - 46 * second,
      queuedMs: now - 46 * second,
      alertedMs: now - (30 - left) * second,
      alertUntilMs: now + left * second,
      connectedMs: 0,
      why: "longest idle",
    },
    now,
    30,
  );
}

const firstNames =
  "Amélie,Björn,Chiara,Dmitri,Eszter,Fatima,Giorgos,Hyejin,Ingrid,João,Katarzyna,Lars,Mina,Nguyễn,Ólafur,Paulo,Quentin,Rania,Søren,Thị,Ursula,Václav,Wanjiru,Xiulan,Yusuf,Zoë".split(
    ",",
  );
const lastNames =
  "Abernathy-Featherstonehaugh,Bergström,Castellanos,Dąbrowski,Eriksen,Fernández,Grigoriadis,Haddad,Ivanova,Johansson".split(
    ",",
  );
const lines = [
  "Where is my order? It said Tuesday and it is Thursday now",
  "Does the Fellwalker 2 come with a footprint",
  "Ok",
  "I would like to return two of the four sleeping mats, the blue ones, since they came with a slow leak at the valve",
  "Merci beaucoup !",
  "Is the shop in Uppsala open on Sunday?",
  "https://tarnandfell.example/orders/TF-20431",
];

/** crowd makes forty interactions over every channel, group and kind of name. */
export function crowd(now: number): Interaction[] {
  const channels = ["web", "whatsapp", "messenger", "instagram", "x", "sms", "open"];
  const many: Interaction[] = [];
  for (let i = 0; i < 40; i++) {
    const ended = i >= 32;
    const acw = i === 30 || i === 31;
    const waiting = i >= 18 && i < 30;
    const contact =
      i === 5
        ? "Wolfeschlegelsteinhausenbergerdorff-Montgomery of the Northern Fells"
        : `${firstNames[i % firstNames.length]} ${lastNames[(i * 7) % lastNames.length]}`;
    many.push(
      interaction(
        {
          id: `many-${i}`,
          contact,
          channel: channels[(i * 3) % channels.length] ?? "web",
          status: ended ? "ended" : acw ? "acw" : "connected",
          group: ended ? "earlier" : acw ? "acw" : waiting ? "waiting_for_contact" : "needs_reply",
          lastText: lines[i % lines.length] ?? "",
          lastDirection: waiting ? "outbound" : "inbound",
          lastPending: i === 20,
          lastFailed: i === 19,
          unread: !ended && !waiting && i % 3 === 0 ? (i === 9 ? 127 : (i % 4) + 1) : 0,
          waitMs: ended || waiting || acw ? 0 : now - (40 + i * 37) * second,
          acwUntilMs: i === 30 ? now + 95 * second : 0,
          endedMs: ended ? now - i * 7 * minute : 0,
        },
        now,
        i + 40,
      ),
    );
  }
  return many;
}

const texts = {
  maxTextBytes: 0,
  maxTextSegments: 0,
  maxFileBytes: 10_000_000,
  fileTypes: ["image/png", "image/jpeg", "application/pdf"],
};
const channels: Channel[] = [
  { kind: "web", label: "Web messaging", maxTextChars: 4096, reports: ["sent", "delivered", "read"], ...texts },
  { kind: "whatsapp", label: "WhatsApp", maxTextChars: 4096, reports: ["sent", "delivered", "read"], ...texts },
  {
    kind: "messenger",
    label: "Facebook Messenger",
    maxTextChars: 2000,
    reports: ["sent", "delivered", "read"],
    ...texts,
  },
  { kind: "instagram", label: "Instagram", maxTextChars: 1000, reports: ["sent", "read"], ...texts },
  { kind: "x", label: "X Direct Message", maxTextChars: 10_000, reports: ["sent", "read"], ...texts },
  {
    kind: "sms",
    label: "SMS",
    maxTextChars: 1600,
    reports: ["sent", "delivered"],
    ...texts,
    maxTextSegments: 10,
    fileTypes: [],
  },
  { kind: "open", label: "Open messaging", maxTextChars: 0, reports: ["sent"], ...texts },
];

export function org(): Org {
  const codes = [
    { id: "delivery", name: "Delivery" },
    { id: "product", name: "Product advice" },
    { id: "return", name: "Return or refund" },
    { id: "payment", name: "Payment" },
    { id: "repair", name: "Repair and spare parts" },
    { id: "other", name: "Something else" },
  ];
  const queue = {
    alertTimeoutMs: 30_000,
    acwTimeoutMs: 120_000,
    defaultCode: "other",
    codes,
    acwOptional: false,
    manual: false,
  };
  return {
    name: "Tarn & Fell",
    shopUrl: "http://127.0.0.1:8600/shop",
    queues: [
      { id: "orders", name: "Orders", ...queue },
      { id: "web", name: "Web orders", ...queue },
    ],
    channels,
    libraries: [
      {
        id: "parts",
        name: "Spare parts",
        queues: ["orders"],
        responses: [
          {
            id: "spare",
            name: "Spare part, no charge",
            text: "Hello {{contact.firstName}}, a new part can be with you on Thursday, at no charge.",
            language: "en",
          },
          {
            id: "keep",
            name: "Keep the broken part",
            text: "There is no need to send the old one back.",
            language: "en",
          },
        ],
      },
      {
        id: "manners",
        name: "Manners",
        queues: [],
        responses: [
          {
            id: "bye",
            name: "Goodbye",
            text: "Thank you for writing to {{organisation.name}}. Have a good day!\n{{agent.firstName}}",
            language: "en",
          },
        ],
      },
      {
        id: "other",
        name: "Elsewhere",
        queues: ["returns"],
        responses: [{ id: "label", name: "Return label", text: "Here is your label.", language: "en" }],
      },
    ],
  };
}

export function me(now: number): Me {
  return {
    presence: "on_queue",
    presenceMs: now - 192 * second,
    routing: "interacting",
    used: 9,
    capacity: 10,
    notResponding: "",
    waiting: 3,
    longestMs: now - 96 * second,
    queues: [
      { id: "orders", name: "Orders", joined: true },
      { id: "returns", name: "Returns", joined: false },
    ],
    externals: [],
    presences: [
      { id: "on_queue", label: "On queue" },
      { id: "available", label: "Available" },
      { id: "busy", label: "Busy" },
      { id: "break", label: "Break" },
      { id: "meal", label: "Meal" },
      { id: "meeting", label: "Meeting" },
      { id: "training", label: "Training" },
      { id: "away", label: "Away" },
    ],
  };
}

export function settings(): Settings {
  return {
    theme: "system",
    density: "default",
    textSize: 100,
    enterSends: true,
    sound: true,
    volume: 70,
    tone: "bell",
    tones: [
      { id: "bell", label: "Bell" },
      { id: "chime", label: "Chime" },
      { id: "marimba", label: "Marimba" },
    ],
    notifications: true,
    showBodies: false,
    language: "",
    onQuit: "ask",
  };
}
