import { createContext } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import type { Bridge } from "../bridge/bridge";
import type {
  Channel,
  Interaction,
  Link,
  Me,
  Notice,
  Org,
  Push,
  Queue,
  Session,
  Settings,
  Tab,
  Tabs,
} from "../bridge/types";
import type { Messages } from "../shared/i18n";
import { Acts } from "./acts";
import { announce } from "./announce";
import { Clock } from "./clock.svelte";
import { Visits } from "./conversation/visits";
import { Layers } from "./layers";
import { Layout } from "./layout.svelte";
import { Roster } from "./roster/roster.svelte";
import { Supervising } from "./supervisor/supervising.svelte";
import { Transcript } from "./transcript.svelte";

const noTabs: Tabs = { open: [], active: "" };

/**
 * Desk is the window's state: what the Go core pushed, merged, and nothing it
 * made up itself. It is created once at the top and handed down by context.
 */
export class Desk {
  readonly bridge: Bridge;
  readonly clock = new Clock();
  readonly acts = new Acts();
  readonly layers = new Layers();
  readonly visits = new Visits();
  readonly layout: Layout;
  readonly roster = new Roster();
  readonly supervising: Supervising;
  readonly #m: Messages;

  #session = $state.raw<Session>();
  #link = $state.raw<Link>();
  #me = $state.raw<Me>();
  #org = $state.raw<Org>();
  #interactions = $state.raw<readonly Interaction[]>([]);
  #rosterKnown = $state(false);
  #tabs = $state.raw<Tabs>(noTabs);
  #settings = $state.raw<Settings>();
  #typing = $state.raw<ReadonlySet<string>>(new Set());
  #notices = $state.raw<readonly Notice[]>([]);
  #dismissed = new Set<string>();
  #transcripts = new SvelteMap<string, Transcript>();
  #troubles = new SvelteMap<string, string>();
  #polite = $state("");
  #assertive = $state("");

  #byId = $derived(new Map(this.#interactions.map((each) => [each.id, each])));

  /** storage remembers how the window is divided; without one it is forgotten. */
  constructor(bridge: Bridge, messages: Messages, storage?: Storage) {
    this.bridge = bridge;
    this.#m = messages;
    this.supervising = new Supervising(bridge);
    this.layout = new Layout(storage);
  }

  /** start listens to the core and lets the clock run. The result ends both. */
  start(): () => void {
    const stopClock = this.clock.start();
    const stopPushes = this.bridge.onPush((push, whole) => this.receive(push, whole));
    return () => {
      stopPushes();
      stopClock();
    };
  }

  /** receive merges a push; whole says that it is everything and not a change. */
  receive(push: Push, whole: boolean): void {
    if (push.session) this.#session = push.session;
    if (push.link) {
      this.#link = push.link;
      this.clock.setSkew(push.link.skewMs);
    }
    if (push.me) this.#me = push.me;
    if (push.org) this.#org = push.org;
    this.supervising.receive(push);
    if (push.tabs) this.#setTabs(push.tabs);
    if (push.roster) this.#setRoster(push.roster.interactions ?? []);
    if (push.settings) this.#settings = push.settings;
    if (push.typing) this.#typing = new Set(push.typing.conversations ?? []);
    if (push.notices) this.#notices = push.notices.filter((each) => !this.#dismissed.has(each.id));
    if (whole) for (const transcript of this.#transcripts.values()) void transcript.reload();
    for (const change of push.transcripts ?? []) this.#transcripts.get(change.conversation)?.apply(change);
  }

  get session(): Session | undefined {
    return this.#session;
  }
  get link(): Link | undefined {
    return this.#link;
  }
  get me(): Me | undefined {
    return this.#me;
  }
  get org(): Org | undefined {
    return this.#org;
  }
  get settings(): Settings | undefined {
    return this.#settings;
  }
  /** Every interaction, most urgent first. */
  get interactions(): readonly Interaction[] {
    return this.#interactions;
  }
  /** Whether a roster has come at all: before that, its place shows a skeleton. */
  get rosterKnown(): boolean {
    return this.#rosterKnown;
  }
  get tabs(): readonly Tab[] {
    return this.#tabs.open;
  }
  /** The conversation on show; "" if none. */
  get active(): string {
    return this.#tabs.active;
  }
  get notices(): readonly Notice[] {
    return this.#notices;
  }
  /** Whether the hub is out of reach now: what is shown is the last known state. */
  get offline(): boolean {
    return this.#link?.state === "offline";
  }

  interaction(conversation: string): Interaction | undefined {
    return this.#byId.get(conversation);
  }
  tab(conversation: string): Tab | undefined {
    return this.#tabs.open.find((each) => each.id === conversation);
  }
  channel(kind: string): Channel | undefined {
    return this.#org?.channels.find((each) => each.kind === kind);
  }
  queue(id: string): Queue | undefined {
    return this.#org?.queues.find((each) => each.id === id);
  }
  /** Whether the contact is typing now. */
  typing(conversation: string): boolean {
    return this.#typing.has(conversation);
  }
  noticesOf(conversation: string): readonly Notice[] {
    return this.#notices.filter((each) => each.conversation === conversation);
  }

  /** transcript gives what is known of an open tab's conversation and asks for its end once. */
  transcript(conversation: string): Transcript {
    const known = this.#transcripts.get(conversation);
    if (known) return known;
    const transcript = new Transcript(conversation, this.bridge);
    this.#transcripts.set(conversation, transcript);
    void transcript.loadEnd();
    return transcript;
  }

  /**
   * attempt does what a person asked for and keeps the words of its failure
   * under place, to be shown beside its cause. It gives whether it worked.
   */
  async attempt(place: string, action: () => Promise<unknown>): Promise<boolean> {
    this.#troubles.delete(place);
    try {
      await action();
      return true;
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      this.#troubles.set(place, words);
      this.shout(words);
      return false;
    }
  }

  /** trouble is why the last attempt at a place failed; "" if it did not. */
  trouble(place: string): string {
    return this.#troubles.get(place) ?? "";
  }
  forget(place: string): void {
    this.#troubles.delete(place);
  }
  dismiss(notice: string): void {
    this.#dismissed.add(notice);
    this.#notices = this.#notices.filter((each) => each.id !== notice);
  }

  /** open selects a conversation's tab and opens it where it is not open yet. */
  open(conversation: string): void {
    this.layout.show("desk");
    this.bridge.interactions.open(conversation);
  }

  /** answer accepts an alert and opens its tab. */
  answer(conversation: string): Promise<boolean> {
    this.roster.acted();
    this.layout.show("desk");
    return this.attempt(`alert:${conversation}`, () => this.bridge.interactions.answer(conversation));
  }

  /** decline gives an alert back to its queue. */
  decline(conversation: string): Promise<boolean> {
    this.roster.acted();
    return this.attempt(`alert:${conversation}`, () => this.bridge.interactions.decline(conversation));
  }

  /** setPresence changes presence; "on_queue" also returns from not responding. */
  setPresence(presence: string): Promise<boolean> {
    return this.attempt("presence", () => this.bridge.agent.setPresence(presence));
  }

  /** close closes a tab. */
  close(conversation: string): void {
    this.bridge.interactions.close(conversation);
  }

  /** set changes some of the settings. */
  set(change: Partial<Settings>): Promise<boolean> {
    const settings = this.#settings;
    if (!settings) return Promise.resolve(false);
    const next = { ...settings, ...change };
    this.#settings = next; // at once: the core's answer follows with the same
    return this.attempt("settings", () => this.bridge.preferences.set(next));
  }

  /** say has a screen reader speak when it is free. */
  say(words: string): void {
    this.#polite = again(this.#polite, words);
  }
  /** shout has a screen reader speak at once. */
  shout(words: string): void {
    this.#assertive = again(this.#assertive, words);
  }
  get polite(): string {
    return this.#polite;
  }
  get assertive(): string {
    return this.#assertive;
  }

  #setRoster(interactions: readonly Interaction[]): void {
    const before = this.#byId;
    this.#interactions = interactions;
    this.roster.update(interactions);
    if (this.#rosterKnown) {
      const { assertive, polite } = announce(before, interactions, this.active, this.clock.exact(), this.#m);
      if (assertive) this.shout(assertive);
      if (polite) this.say(polite);
    }
    this.#rosterKnown = true;
  }

  #setTabs(tabs: Tabs): void {
    this.#tabs = { open: tabs.open ?? [], active: tabs.active };
    const watched = this.supervising.monitored.map((each) => each.id);
    const open = new Set([...this.#tabs.open.map((each) => each.id), tabs.active, ...watched]);
    for (const id of this.#transcripts.keys()) if (!open.has(id)) this.#transcripts.delete(id);
    this.visits.keep(open);
  }
}

/** again makes words differ from what stands there, since a live region speaks changes only. */
function again(standing: string, words: string): string {
  return standing === words ? `${words}\u00a0` : words;
}

export const [useDesk, setDesk] = createContext<Desk>();
