import type { Bridge, PushListener } from "../bridge";
import type { Board, Interaction, Item, Push, Settings, Tab } from "../types";
import type { State } from "./scenes";
import { targets, waits } from "./people";
import { supervising } from "./supervising";
import { item } from "./transcripts";

type Change = Partial<Omit<Push, "seq">>;

/** merged is a whole board with later rows in place of those of the same ID. */
function merged(have: Board, more: Board): Board {
  if (more.whole) return more;
  const replaced = <Row extends { id: string }>(old: Row[], rows: Row[]): Row[] => {
    const later = new Map(rows.map((each) => [each.id, each]));
    const kept = old.map((each) => later.get(each.id) ?? each);
    return [...kept, ...rows.filter((each) => !old.some((before) => before.id === each.id))];
  };
  return {
    ...more,
    whole: true,
    queues: replaced(have.queues, more.queues),
    agents: replaced(have.agents, more.agents),
    live: replaced(have.live, more.live).filter((each) => !more.gone.includes(each.id)),
    gone: [],
  };
}

/**
 * FakeCore behaves as the Go core does, as far as a window can tell: what it is
 * asked for comes back as pushes. It serves tests and browser development.
 */
export class FakeCore implements Bridge {
  readonly #state: State;
  #listeners = new Set<PushListener>();
  #seq = 1;
  #count = 0;
  /** What the window called, newest last: for tests. */
  readonly calls: [name: string, ...args: unknown[]][] = [];
  /** The next calls by these names fail with these words: for tests. */
  readonly failures = new Map<string, string>();

  constructor(state: State) {
    this.#state = state;
  }

  onPush(listener: PushListener): () => void {
    this.#listeners.add(listener);
    queueMicrotask(() => {
      if (this.#listeners.has(listener)) listener({ ...this.#state.push, seq: this.#seq }, true);
    });
    return () => this.#listeners.delete(listener);
  }

  /** push merges a change into the state and tells the window. */
  push(change: Change): void {
    const { transcripts = [], board, ...rest } = change;
    Object.assign(this.#state.push, rest);
    if (board) this.#state.push.board = merged(this.#state.push.board, board);
    const push = {
      notices: this.#state.push.notices,
      ...rest,
      ...(board && { board }),
      transcripts,
      seq: ++this.#seq,
    } as Push;
    for (const listener of this.#listeners) listener(push, false);
  }

  /** change replaces one interaction. */
  change(id: string, change: Partial<Interaction>): void {
    const interactions = this.#state.push.roster.interactions.map((each) =>
      each.id === id ? { ...each, ...change } : each,
    );
    this.push({ roster: { interactions } });
  }

  readonly window: Bridge["window"] = {
    painted: (state) => void this.#called("painted", state),
    focused: (focused) => void this.#called("focused", focused),
    openLink: (url) => this.#asked("openLink", url),
    leave: (hub, remember) => this.#asked("leave", hub, remember),
    stay: () => {
      this.#called("stay");
      this.push({ session: { ...this.#state.push.session, closing: false } });
    },
  };

  readonly access: Bridge["access"] = {
    probe: async (address) => {
      await this.#asked("probe", address);
      const ok = /parley|127\.0\.0\.1|localhost/.test(address);
      return {
        ok,
        name: ok ? "Tarn & Fell" : "",
        demo: false,
        address: ok && !address.includes("://") ? `https://${address}` : address,
        reason: ok ? "" : "No hub answers at this address.",
      };
    },
    signIn: async (address, user, password) => {
      await this.#asked("signIn", address, user);
      if (password === "wrong") throw new Error("The name or the password is not right.");
      this.#signedIn(address, user);
    },
    tryDemo: async () => {
      await this.#asked("tryDemo");
      this.#signedIn("http://127.0.0.1:8600", "agent-1");
    },
    signOut: async () => {
      await this.#asked("signOut");
      this.push({ session: { ...this.#state.push.session, state: "signed_out" } });
    },
    unlock: async (passphrase) => {
      await this.#asked("unlock");
      if (passphrase === "wrong") throw new Error("This passphrase does not open the kept session.");
      this.push({ session: { ...this.#state.push.session, state: "signed_in" } });
    },
    keep: async (how) => {
      await this.#asked("keep", how);
      this.push({ session: { ...this.#state.push.session, keeping: how } });
    },
    reconnect: () => {
      this.#called("reconnect");
      this.push({ link: { ...this.#state.push.link, state: "connecting", retryAtMs: 0 } });
    },
  };

  readonly agent: Bridge["agent"] = {
    setPresence: async (presence) => {
      await this.#asked("setPresence", presence);
      const on = presence === "on_queue";
      const me = this.#state.push.me;
      this.push({
        me: {
          ...me,
          presence,
          presenceMs: Date.now(),
          notResponding: "",
          routing: on ? (me.used > 0 ? "interacting" : "idle") : "off_queue",
        },
      });
    },
  };

  readonly interactions: Bridge["interactions"] = {
    answer: async (id) => {
      await this.#asked("answer", id);
      this.change(id, { status: "connected", group: "needs_reply", connectedMs: Date.now(), alertUntilMs: 0 });
      this.#open(id);
    },
    decline: async (id) => {
      await this.#asked("decline", id);
      const interactions = this.#state.push.roster.interactions;
      const declined = interactions.find((each) => each.id === id);
      this.push({
        roster: { interactions: interactions.filter((each) => each.id !== id) },
        me: { ...this.#state.push.me, routing: "not_responding", notResponding: declined?.contact ?? "" },
      });
    },
    end: async (id) => {
      await this.#asked("end", id);
      const now = Date.now();
      this.change(id, { status: "acw", group: "acw", endedMs: now, endReason: "agent", acwUntilMs: now + 120_000 });
    },
    wrapUp: async (id, code) => {
      await this.#asked("wrapUp", id, code);
      this.change(id, { status: "ended", group: "earlier", wrapUpCode: code, acwUntilMs: 0 });
    },
    send: async (id, text) => {
      await this.#asked("send", id, text);
      return this.#send(id, text);
    },
    retry: async (id, message) => {
      await this.#asked("retry", id, message);
      this.#edit(id, message, { delivery: "sending", reason: "" });
      setTimeout(() => this.#edit(id, message, { delivery: "delivered" }), 900);
    },
    confirm: async (id, message) => {
      await this.#asked("confirm", id, message);
      this.#edit(id, message, { delivery: "sent", reason: "confirmed by the agent" });
    },
    edit: async (id, message) => {
      await this.#asked("edit", id, message);
      const back = this.#withdraw(id, message);
      this.#tab(id, (tab) => ({ ...tab, files: [...(back?.attachments ?? []), ...tab.files] }));
      return back?.text ?? "";
    },
    withdraw: async (id, message) => {
      await this.#asked("withdraw", id, message);
      this.#withdraw(id, message);
    },
    typing: (id) => void this.#called("typing", id),
    markRead: (id, inbound) => {
      this.#called("markRead", id, inbound);
      this.change(id, { unread: 0 });
    },
    open: (id) => {
      this.#called("open", id);
      this.#open(id);
    },
    close: (id) => {
      this.#called("close", id);
      const { open, active } = this.#state.push.tabs;
      const at = open.findIndex((each) => each.id === id);
      const left = open.filter((each) => each.id !== id);
      const next = left[Math.min(at, left.length - 1)]?.id ?? "";
      this.push({ tabs: { open: left, active: active === id ? next : active } });
    },
    saveDraft: (id, text) => {
      this.#called("saveDraft", id, text);
      this.#tab(id, (tab) => ({ ...tab, draft: text }));
    },
    transcript: async (id, from, count) => {
      await this.#asked("transcript", id, from, count);
      const items = this.#items(id);
      const first = from < 0 ? Math.max(0, items.length - count) : from;
      return { conversation: id, from: first, total: items.length, items: items.slice(first, first + count) };
    },
    chooseFiles: async (id) => {
      await this.#asked("chooseFiles", id);
      this.#attach(id, "spare-parts.pdf", "application/pdf", 48_210);
    },
    addFile: async (id, name, mime, content) => {
      await this.#asked("addFile", id, name, mime);
      this.#attach(id, name, mime, Math.floor((content.length * 3) / 4));
    },
    removeFile: (id, attachment) => {
      this.#called("removeFile", id, attachment);
      this.#tab(id, (tab) => ({ ...tab, files: tab.files.filter((each) => each.id !== attachment) }));
    },
    saveFile: (id, attachment) => this.#asked("saveFile", id, attachment),
  };

  readonly handling: Bridge["handling"] = {
    transfer: async (id, queue, agent, note) => {
      await this.#asked("transfer", id, queue, agent, note);
      const now = Date.now();
      this.change(id, { status: "acw", group: "acw", acwUntilMs: now + 120_000 });
    },
    targets: async () => {
      await this.#asked("targets");
      return targets;
    },
    park: async (id, untilMs) => {
      await this.#asked("park", id, untilMs);
      this.change(id, { status: "parked", group: "parked", parkedMs: Date.now(), parkUntilMs: untilMs });
    },
    resume: async (id) => {
      await this.#asked("resume", id);
      this.change(id, { status: "connected", group: "needs_reply", parkedMs: 0, parkUntilMs: 0 });
    },
    pull: (id) => this.#asked("pull", id),
    waiting: async () => {
      await this.#asked("waiting");
      return waits;
    },
    addNote: async (id, text) => {
      await this.#asked("addNote", id, text);
      const items = this.#items(id);
      const note = {
        id: `note-${++this.#count}`,
        kind: "note",
        atMs: Date.now(),
        author: "Sofia Lindqvist",
        mine: true,
      };
      items.push(item({ ...note, text }));
      this.#changed(id, items.length - 1);
    },
    askHelp: async (id, needed) => {
      await this.#asked("askHelp", id, needed);
      this.change(id, { helpMs: needed ? Date.now() : 0 });
    },
    setQueue: async (queue, join) => {
      await this.#asked("setQueue", queue, join);
      const me = this.#state.push.me;
      const queues = me.queues.map((each) => (each.id === queue ? { ...each, joined: join } : each));
      this.push({ me: { ...me, queues } });
    },
  };

  readonly supervising: Bridge["supervising"] = supervising({
    called: (name, ...args) => this.#called(name, ...args),
    asked: (name, ...args) => this.#asked(name, ...args),
    now: () => this.#state.push,
    push: (change) => this.push(change),
  });

  readonly preferences: Bridge["preferences"] = {
    set: async (settings: Settings) => {
      await this.#asked("set", settings);
      this.push({ settings });
    },
    testSound: (tone, volume) => this.#asked("testSound", tone, volume),
  };

  #called(name: string, ...args: unknown[]): void {
    this.calls.push([name, ...args]);
  }

  async #asked(name: string, ...args: unknown[]): Promise<void> {
    this.#called(name, ...args);
    const words = this.failures.get(name);
    if (words === undefined) return;
    this.failures.delete(name);
    throw new Error(words);
  }

  #signedIn(hub: string, user: string): void {
    this.push({ session: { ...this.#state.push.session, state: "signed_in", hub, user, name: "Sofia Lindqvist" } });
  }

  #open(id: string): void {
    const { open } = this.#state.push.tabs;
    const known = open.some((each) => each.id === id);
    this.push({ tabs: { open: known ? open : [...open, { id, draft: "", files: [] }], active: id } });
  }

  #tab(id: string, change: (tab: Tab) => Tab): void {
    const { open, active } = this.#state.push.tabs;
    this.push({ tabs: { open: open.map((each) => (each.id === id ? change(each) : each)), active } });
  }

  #attach(id: string, name: string, mime: string, size: number): void {
    const file = { id: `file-${++this.#count}`, name, mime, size, width: 0, height: 0, url: "", image: false };
    this.#tab(id, (tab) => ({ ...tab, files: [...tab.files, file] }));
  }

  #items(id: string): Item[] {
    const items = this.#state.transcripts.get(id) ?? [];
    this.#state.transcripts.set(id, items);
    return items;
  }

  #changed(id: string, from: number): void {
    const items = this.#items(id);
    this.push({ transcripts: [{ conversation: id, from, total: items.length, items: items.slice(from) }] });
  }

  #withdraw(id: string, message: string): Item | undefined {
    const items = this.#items(id);
    const at = items.findIndex((each) => each.id === message);
    const [gone] = at < 0 ? [] : items.splice(at, 1);
    this.#changed(id, Math.max(0, at));
    return gone;
  }

  #edit(id: string, message: string, change: Partial<Item>): void {
    const items = this.#items(id);
    const at = items.findIndex((each) => each.id === message);
    const old = items[at];
    if (!old) return;
    items[at] = { ...old, ...change };
    this.#changed(id, at);
  }

  #send(id: string, text: string): string {
    const message = `sent-${++this.#count}`;
    const offline = this.#state.push.link.state === "offline";
    const items = this.#items(id);
    const files = this.#state.push.tabs.open.find((each) => each.id === id)?.files ?? [];
    items.push(
      item({
        id: message,
        atMs: Date.now(),
        direction: "outbound",
        author: "Sofia Lindqvist",
        mine: true,
        text,
        attachments: files,
        delivery: "pending",
        unsent: true,
      }),
    );
    this.#changed(id, items.length - 1);
    this.#tab(id, (tab) => ({ ...tab, draft: "", files: [] }));
    this.change(id, {
      lastText: text,
      lastDirection: "outbound",
      lastPending: offline,
      lastMs: Date.now(),
      waitMs: 0,
      group: "waiting_for_contact",
    });
    if (!offline) {
      setTimeout(() => this.#edit(id, message, { delivery: "sent", unsent: false }), 300);
      setTimeout(() => this.#edit(id, message, { delivery: "delivered" }), 1200);
    }
    return message;
  }
}
