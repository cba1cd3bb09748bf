import type { Attachment, Item } from "../types";

const second = 1000;
const minute = 60 * second;

/** item fills in what a seed leaves out. */
export function item(seed: Partial<Item> & { id: string; atMs: number }): Item {
  return {
    kind: "message",
    direction: "",
    author: "",
    mine: false,
    text: "",
    erased: false,
    attachments: [],
    delivery: "",
    reason: "",
    unsent: false,
    event: "",
    detail: "",
    auto: "",
    ...seed,
  };
}

/** A picture that needs no file: a tent at dusk. */
const tent = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 178 100"><rect width="178" height="100" fill="#6d8ba0"/><rect y="38" width="178" height="30" fill="#d99a6c"/><path d="M0 70 40 34l30 26 34-34 40 38 34-16v52H0z" fill="#3e5566"/><rect y="78" width="178" height="22" fill="#28401f"/><path d="m52 86 38-48 40 48z" fill="#e8762b"/><path d="m90 38-10 48h22z" fill="#7c2d0a"/></svg>`,
)}`;

export const photo: Attachment = {
  id: "photo-pole",
  name: "ridge-pole.jpg",
  mime: "image/jpeg",
  size: 184_223,
  width: 1780,
  height: 1000,
  url: tent,
  image: true,
};

export const invoice: Attachment = {
  id: "invoice",
  name: "Invoice TF-20418 with a rather long file name for the archive.pdf",
  mime: "application/pdf",
  size: 88_412,
  width: 0,
  height: 0,
  url: "",
  image: false,
};

interface Line {
  /** Minutes before now. */
  before: number;
  from: "them" | "me" | "colleague" | "event";
  text?: string;
  event?: string;
  detail?: string;
  attachments?: Attachment[];
  delivery?: string;
  reason?: string;
}

function script(conversation: string, contact: string, lines: Line[], now: number): Item[] {
  return lines.map((line, i) => {
    const base = { id: `${conversation}-${i}`, atMs: now - line.before * minute };
    if (line.from === "event") {
      return item({ ...base, kind: "event", event: line.event ?? "", detail: line.detail ?? "" });
    }
    const inbound = line.from === "them";
    return item({
      ...base,
      direction: inbound ? "inbound" : "outbound",
      author: inbound ? contact : line.from === "me" ? "Sofia Lindqvist" : "Idris Bello",
      mine: line.from === "me",
      text: line.text ?? "",
      attachments: line.attachments ?? [],
      delivery: inbound ? "" : (line.delivery ?? "read"),
      reason: line.reason ?? "",
    });
  });
}

/** transcript gives what was said in a conversation of the cast. */
export function transcript(conversation: string, contact: string, now: number): Item[] {
  if (conversation === "mara") return script(conversation, contact, mara, now);
  if (conversation === "nour") return script(conversation, contact, nour, now);
  if (conversation === "jonas") return script(conversation, contact, weber, now);
  return script(conversation, contact, ordinary, now);
}

const mara: Line[] = [
  { before: 8, from: "event", event: "queued", detail: "Orders" },
  { before: 7.2, from: "event", event: "connected", detail: "Sofia Lindqvist" },
  { before: 7, from: "them", text: "Hi! One pole of my new Fellwalker 2 is bent, and we leave on Friday" },
  { before: 7, from: "them", attachments: [photo] },
  { before: 6, from: "me", text: "I’m sorry to see that. Is it the long ridge pole or a short one?" },
  { before: 5, from: "them", text: "The long one. Order TF-20418" },
  {
    before: 2.2,
    from: "me",
    text: "Thank you, found it: https://tarnandfell.example/orders/TF-20418",
    delivery: "sent",
  },
  {
    before: 2.1,
    from: "me",
    text: "A new ridge pole can be with you on Thursday before noon, at no charge.",
    delivery: "sent",
  },
  { before: 2, from: "me", text: "You can keep the bent one, no need to send it back.", delivery: "sent" },
  { before: 1.9, from: "me", attachments: [invoice], delivery: "sent" },
  {
    before: 1,
    from: "me",
    text: "Shall I send it to Storgatan 14 in Uppsala?",
    delivery: "failed",
    reason: "X is limiting messages from @tarnandfell until 09:31.",
  },
];

const nour: Line[] = [
  { before: 1500, from: "them", text: "السلام عليكم، متى تصل الخيمة Fellwalker 2؟" },
  { before: 1498, from: "colleague", text: "It arrives on Thursday. تصل يوم الخميس." },
  { before: 190, from: "event", event: "contact_returned" },
  { before: 185, from: "them", text: "شكرا جزيلا، وصلت الخيمة" },
  { before: 180, from: "event", event: "ended", detail: "agent" },
];

const weber: Line[] = [
  { before: 0.8, from: "them", text: "My payment was declined twice, but the money has left my account" },
  { before: 0.78, from: "event", event: "queued", detail: "Web orders" },
];

const ordinary: Line[] = [
  { before: 1450, from: "them", text: "Hello, is the Fellwalker 2 still in stock?" },
  { before: 1446, from: "colleague", text: "It is: 14 in green, 3 in orange." },
  { before: 1440, from: "event", event: "ended", detail: "agent" },
  { before: 12, from: "event", event: "contact_returned" },
  { before: 11, from: "event", event: "connected", detail: "Sofia Lindqvist" },
  { before: 9, from: "them", text: "I took the orange one in the end 😊\nCan I still change the delivery address?" },
  { before: 8, from: "me", text: "Of course. Which address should it go to?" },
  { before: 6, from: "them", text: "Could you confirm before I leave?" },
];

const long = [
  "Where is my order?",
  "It left our workshop this morning.",
  "And the second parcel, the one with the mats and the pegs that we ordered a week later?",
  "Tomorrow.",
  "Ok, thanks!",
  "You’re welcome. Is there anything else I can do for you today, or shall I close this one here?",
];

/** epic makes a transcript of count items. */
export function epic(conversation: string, contact: string, count: number, now: number): Item[] {
  const items: Item[] = [];
  for (let i = 0; i < count; i++) {
    const inbound = i % 3 !== 1;
    items.push(
      item({
        id: `${conversation}-${i}`,
        atMs: now - (count - i) * 95 * second,
        direction: inbound ? "inbound" : "outbound",
        author: inbound ? contact : "Sofia Lindqvist",
        mine: !inbound,
        text: `${long[i % long.length]} (${i + 1})`,
        attachments: i % 97 === 0 && inbound ? [photo] : [],
        delivery: inbound ? "" : "read",
      }),
    );
  }
  return items;
}
