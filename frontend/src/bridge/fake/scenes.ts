import type { Interaction, Item, Push } from "../types";
import { cast, crowd, interaction, jonas, me, org, settings } from "./people";
import { board, coaching, noBoard, noSupervision, supervision, watched } from "./board";
import { epic, item, photo, transcript } from "./transcripts";

/** The scenes that a URL can ask for by ?scene=. */
export const scenes = [
  "main",
  "empty",
  "alert",
  "auto",
  "offline",
  "catching-up",
  "not-responding",
  "signin",
  "signin-memory",
  "locked",
  "loading",
  "quit",
  "wrapup",
  "failed",
  "many",
  "rtl",
  "long",
  "handed",
  "parked",
  "board",
] as const;
export type Scene = (typeof scenes)[number];

/** State is a whole push and the transcripts behind it. */
export interface State {
  push: Required<Push>;
  transcripts: Map<string, Item[]>;
}

/** scene builds what a scene shows at now, in Unix milliseconds. */
export function scene(name: Scene, now: number): State {
  const state = main(now);
  const push = state.push;
  switch (name) {
    case "main":
      break;
    case "empty":
      roster(state, []);
      push.tabs = { open: [], active: "" };
      push.me = { ...push.me, routing: "idle", used: 0, waiting: 0, longestMs: 0 };
      break;
    case "alert":
      roster(state, [jonas(now, 22), ...cast(now)]);
      push.me = { ...push.me, used: 10 };
      break;
    case "auto":
      roster(state, [
        interaction(
          {
            ...jonas(now),
            status: "connected",
            group: "needs_reply",
            autoAnswered: true,
            connectedMs: now - 1000,
            alertUntilMs: 0,
            alertedMs: 0,
          },
          now,
          30,
        ),
        ...cast(now),
      ]);
      break;
    case "offline":
      push.link = {
        ...push.link,
        state: "offline",
        sinceMs: now - 94_000,
        completeToMs: now - 96_000,
        retryAtMs: now + 12_000,
        reason: "The hub does not answer.",
        pending: 3,
      };
      break;
    case "catching-up":
      push.link = { ...push.link, state: "catching_up", completeToMs: now - 400_000 };
      break;
    case "not-responding":
      push.me = {
        ...push.me,
        routing: "not_responding",
        notResponding: "Jonas Weber",
        used: 8,
        presenceMs: now - 38_000,
      };
      break;
    case "signin":
    case "signin-memory":
      push.session = {
        ...push.session,
        state: "signed_out",
        hub: "",
        user: "",
        name: "",
        keeping: name === "signin" ? "keychain" : "memory",
      };
      break;
    case "locked":
      push.session = { ...push.session, state: "locked", keeping: "passphrase" };
      break;
    case "loading":
      push.session = { ...push.session, state: "starting" };
      break;
    case "quit":
      push.session = { ...push.session, hub: "http://127.0.0.1:8600", demo: true, closing: true };
      break;
    case "wrapup":
      push.tabs = { ...push.tabs, active: "hanna" };
      break;
    case "failed":
      push.tabs = { active: "priya-sms", open: [...push.tabs.open, { id: "priya-sms", draft: "", files: [] }] };
      state.transcripts.get("priya-sms")?.push(
        item({
          id: "sms-failed",
          atMs: now - 140_000,
          direction: "outbound",
          author: "Sofia Lindqvist",
          mine: true,
          text: "Your code for the locker is 4471",
          delivery: "failed",
          reason: "The number cannot receive SMS.",
          unsent: true,
        }),
        item({
          id: "sms-pending",
          atMs: now - 20_000,
          direction: "outbound",
          author: "Sofia Lindqvist",
          mine: true,
          text: "I will call you instead.",
          attachments: [photo],
          delivery: "pending",
          unsent: true,
        }),
        item({
          id: "sms-unknown",
          atMs: now - 12_000,
          direction: "outbound",
          author: "Sofia Lindqvist",
          mine: true,
          text: "The locker is beside the south door.",
          delivery: "unknown",
          reason: "The carrier did not answer in time.",
        }),
      );
      break;
    case "many":
      roster(state, [jonas(now, 22), ...cast(now), ...crowd(now)]);
      push.tabs = {
        open: [
          "many-5",
          "mara",
          "aarav",
          "chloe",
          "priya",
          "priya-sms",
          "tomasz",
          "hanna",
          "many-9",
          "many-0",
          "many-1",
        ].map((id) => ({ id, draft: "", files: [] })),
        active: "many-5",
      };
      state.transcripts.set("many-5", epic("many-5", contact(state, "many-5"), 10_000, now));
      break;
    case "rtl":
      push.tabs = { ...push.tabs, active: "nour", open: [...push.tabs.open, { id: "nour", draft: "", files: [] }] };
      break;
    case "handed":
      change(state, "mara", {
        handedBy: "Daniel Okafor",
        handedNote:
          "Pole bent on arrival, photo checked. She leaves on Friday: replacement is agreed, address is missing.",
        handedAtMs: now - 420_000,
        helpMs: now - 60_000,
      });
      state.transcripts.get("mara")?.push(
        item({
          ...note,
          id: "note-1",
          atMs: now - 300_000,
          author: "Daniel Okafor",
          text: "Order TF-20418, sent on the 21st.",
        }),
        item({
          ...note,
          id: "note-2",
          atMs: now - 100_000,
          author: "Sofia Lindqvist",
          mine: true,
          text: "Storgatan 14, checked.",
        }),
        item({
          ...note,
          id: "note-3",
          atMs: now - 20_000,
          author: "Sofia Lindqvist",
          mine: true,
          text: "Asks twice.",
          delivery: "pending",
        }),
      );
      push.me = { ...push.me, externals: [{ id: "x-1", media: "voice", sinceMs: now - 271_000 }] };
      break;
    case "parked":
      for (const [id, hours] of [
        ["mara", 0.4],
        ["tomasz", 19],
      ] as const) {
        change(state, id, {
          status: "parked",
          group: "parked",
          parkedMs: now - 60_000,
          parkUntilMs: now + hours * 3_600_000,
        });
      }
      break;
    case "board":
      push.session = { ...push.session, role: "supervisor" };
      push.supervision = { ...supervision(), watchBoard: true, monitored: [watched(now)], coaching: [coaching(now)] };
      push.board = board(now);
      break;
    case "long":
      state.transcripts.set("mara", epic("mara", contact(state, "mara"), 10_000, now));
      break;
  }
  return state;
}

const note = { kind: "note" };

function change(state: State, id: string, by: Partial<Interaction>): void {
  const interactions = state.push.roster.interactions.map((each) => (each.id === id ? { ...each, ...by } : each));
  state.push.roster = { interactions };
}

function contact(state: State, id: string): string {
  return state.push.roster.interactions.find((each) => each.id === id)?.contact ?? "";
}

/** roster puts interactions on the desk and gives each a transcript. */
function roster(state: State, interactions: Interaction[]): void {
  state.push.roster = { interactions };
  for (const each of interactions) {
    if (!state.transcripts.has(each.id)) {
      state.transcripts.set(each.id, transcript(each.id, each.contact, state.push.roster.interactions[0]?.lastMs ?? 0));
    }
  }
}

function main(now: number): State {
  const interactions = cast(now);
  const open = ["mara", "aarav", "chloe", "priya", "tomasz", "hanna"];
  const state: State = {
    push: {
      seq: 1,
      session: {
        state: "signed_in",
        hub: "https://parley.tarnandfell.example",
        user: "sofia",
        name: "Sofia Lindqvist",
        role: "agent",
        error: "",
        keeping: "keychain",
        demoReady: true,
        profile: "",
        demo: false,
        closing: false,
      },
      link: {
        state: "online",
        sinceMs: now - 3_600_000,
        completeToMs: now,
        retryAtMs: 0,
        reason: "",
        pending: 0,
        skewMs: 0,
        cacheNote: "",
      },
      me: me(now),
      org: org(),
      roster: { interactions: [] },
      tabs: {
        open: open.map((id) => ({
          id,
          draft: id === "mara" ? "The pole ships today with DHL, and you will get the tracking number" : "",
          files: [],
        })),
        active: "mara",
      },
      settings: settings(),
      transcripts: [],
      typing: { conversations: ["mara"] },
      supervision: noSupervision(),
      board: noBoard(),
      notices: [],
    },
    transcripts: new Map(),
  };
  for (const each of interactions) state.transcripts.set(each.id, transcript(each.id, each.contact, now));
  state.push.roster = { interactions };
  return state;
}
