import type { Bridge } from "../../bridge/bridge";
import type {
  Board,
  BoardAgent,
  BoardQueue,
  Coaching,
  LiveConversation,
  Monitored,
  Push,
  Supervision,
} from "../../bridge/types";

/** The rights that make somebody a supervisor to this window. */
const seeing = ["see_queues", "see_agents", "monitor"];

/** Supervising is what a supervisor watches, as the core pushed it. */
export class Supervising {
  readonly #bridge: Bridge;
  #supervision = $state.raw<Supervision>();
  #live = $state.raw<Board>();
  #past = $state.raw<Board>();
  #watched = $state("");

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** receive merges what a push says of boards, monitored conversations and coaching. */
  receive(push: Partial<Push>): void {
    if (push.supervision) {
      this.#supervision = push.supervision;
      // Limits that are crossed and calls for help are told wherever the supervisor looks.
      if (this.may && !push.supervision.watchBoard) this.#bridge.supervising.watchBoard(true);
    }
    if (push.board) this.#live = merge(this.#live, push.board);
    if (this.#watched && !this.monitored.some((each) => each.id === this.#watched)) this.#watched = "";
  }

  /** Whether this person sees a board at all. */
  get may(): boolean {
    return this.#supervision?.rights.some((each) => seeing.includes(each.action)) ?? false;
  }
  /** can says whether an action is allowed in a queue, or with none in any. */
  can(action: string, queue = ""): boolean {
    const right = this.#supervision?.rights.find((each) => each.action === action);
    if (!right) return false;
    return queue === "" || right.everywhere || right.queues.includes(queue);
  }
  /** The board on show: of now, or of the past where that was asked for. */
  get board(): Board | undefined {
    return this.#past ?? this.#live;
  }
  get past(): boolean {
    return this.#past !== undefined;
  }
  get zone(): string {
    return this.#supervision?.zone ?? "UTC";
  }
  get monitored(): readonly Monitored[] {
    return this.#supervision?.monitored ?? [];
  }
  /** The monitored conversation on show. */
  get watched(): Monitored | undefined {
    return this.monitored.find((each) => each.id === this.#watched) ?? this.monitored.at(-1);
  }
  coaching(conversation: string): Coaching | undefined {
    return this.#supervision?.coaching.find((each) => each.id === conversation);
  }

  /** now comes back from a past moment. */
  now(): void {
    this.#past = undefined;
  }
  monitor(conversation: string): void {
    for (const each of this.monitored) if (each.id !== conversation) this.#bridge.supervising.unmonitor(each.id);
    this.#watched = conversation;
    this.#bridge.supervising.monitor(conversation);
  }
  unmonitor(): void {
    for (const each of this.monitored) this.#bridge.supervising.unmonitor(each.id);
    this.#watched = "";
  }
  /** travel shows the board of a past moment of today; undefined is now. */
  async travel(atMs: number | undefined): Promise<void> {
    if (atMs === undefined) {
      this.#past = undefined;
      return;
    }
    this.#past = await this.#bridge.supervising.boardAt(atMs);
  }
}

type Row = BoardQueue | BoardAgent | LiveConversation;

/** merge puts later rows in place of those of the same ID, and leaves out what has gone. */
export function merge(before: Board | undefined, change: Board): Board {
  if (change.whole || !before) return change;
  return {
    ...change,
    whole: true,
    queues: rows(before.queues, change.queues, []),
    agents: rows(before.agents, change.agents, []),
    live: rows(before.live, change.live, change.gone),
    gone: [],
  };
}

function rows<R extends Row>(before: R[], change: R[], gone: readonly string[]): R[] {
  if (change.length === 0 && gone.length === 0) return before;
  const all = new Map(before.map((each) => [each.id, each]));
  for (const each of change) all.set(each.id, each);
  for (const id of gone) all.delete(id);
  return [...all.values()];
}
