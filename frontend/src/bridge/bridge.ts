import type { Board, History, Page, Probe, Push, Report, ReportQuery, Settings, Table, Targets, Waits } from "./types";

/** PushListener takes one push; whole says that it is everything and not a change. */
export type PushListener = (push: Push, whole: boolean) => void;

/**
 * Bridge is everything the window can ask of the desk's Go core, grouped as app
 * groups it. A promise that is rejected carries an Error whose message is
 * written for the person at the desk.
 */
export interface Bridge {
  window: {
    /** The first screen is on the glass: signin, empty or roster. */
    painted(state: "signin" | "empty" | "roster"): void;
    focused(focused: boolean): void;
    openLink(url: string): Promise<void>;
    /** Answers session.closing: the demo hub is kept or ended, and the window closes. */
    leave(hub: "keep" | "end", remember: boolean): Promise<void>;
    /** Answers session.closing: the window stays open. */
    stay(): void;
  };
  access: {
    probe(address: string): Promise<Probe>;
    signIn(address: string, user: string, password: string): Promise<void>;
    tryDemo(): Promise<void>;
    signOut(): Promise<void>;
    unlock(passphrase: string): Promise<void>;
    /** Call it before signIn. "passphrase" needs one; "memory" keeps nothing. */
    keep(how: "passphrase" | "memory", passphrase: string): Promise<void>;
    /** Tries to reach the hub now. */
    reconnect(): void;
  };
  agent: {
    setPresence(presence: string): Promise<void>;
  };
  interactions: {
    answer(conversation: string): Promise<void>;
    decline(conversation: string): Promise<void>;
    end(conversation: string): Promise<void>;
    wrapUp(conversation: string, code: string): Promise<void>;
    /** Sends text with the tab's chosen files; gives the message's ID. */
    send(conversation: string, text: string): Promise<string>;
    retry(conversation: string, message: string): Promise<void>;
    /** Says that a message arrived whose delivery is unknown. */
    confirm(conversation: string, message: string): Promise<void>;
    /** Takes a pending or failed message back: its files into the tab, its text is given. */
    edit(conversation: string, message: string): Promise<string>;
    /** Removes a message that the hub has not taken on. */
    withdraw(conversation: string, message: string): Promise<void>;
    typing(conversation: string): void;
    markRead(conversation: string, inbound: number): void;
    open(conversation: string): void;
    close(conversation: string): void;
    saveDraft(conversation: string, text: string): void;
    /** Items from index from on; from -1 means the last count. */
    transcript(conversation: string, from: number, count: number): Promise<Page>;
    chooseFiles(conversation: string): Promise<void>;
    /** Content is base64, at most 10 MB decoded. */
    addFile(conversation: string, name: string, mime: string, content: string): Promise<void>;
    removeFile(conversation: string, attachment: string): void;
    saveFile(conversation: string, attachment: string): Promise<void>;
  };
  handling: {
    /** To a queue, or with agent to that agent; the note is for the receiver. */
    transfer(conversation: string, queue: string, agent: string, note: string): Promise<void>;
    targets(): Promise<Targets>;
    /** Until a time, Unix milliseconds. */
    park(conversation: string, untilMs: number): Promise<void>;
    /** Takes a parked interaction up again. */
    resume(conversation: string): Promise<void>;
    /** Takes a waiting interaction out of its queue. */
    pull(conversation: string): Promise<void>;
    waiting(): Promise<Waits[]>;
    addNote(conversation: string, text: string): Promise<void>;
    askHelp(conversation: string, needed: boolean): Promise<void>;
    setQueue(queue: string, join: boolean): Promise<void>;
  };
  supervising: {
    /** Begins to push the boards, or ends it: call it while one is on the screen. */
    watchBoard(on: boolean): void;
    /** The whole board; changes come as Push.board. */
    board(): Promise<Board>;
    /** The board at a moment of today, Unix milliseconds. */
    boardAt(atMs: number): Promise<Board>;
    /** Watches a conversation silently: see Supervision.monitored, and its transcript. */
    monitor(conversation: string): void;
    unmonitor(conversation: string): void;
    /** Writes in private: see Supervision.coaching. */
    coach(conversation: string, text: string): Promise<void>;
    /** Takes a conversation from whoever has it and opens its tab. */
    takeOver(conversation: string): Promise<void>;
    /** To a queue, "" = where it is, and there to an agent, "" = whoever routing finds. */
    reassign(conversation: string, queue: string, agent: string): Promise<void>;
    /** From -100 to 100. */
    setPriority(conversation: string, priority: number): Promise<void>;
    /** Disconnects a conversation for both sides. */
    cutOff(conversation: string): Promise<void>;
    closeHelp(conversation: string): Promise<void>;
    setStatus(agent: string, presence: string): Promise<void>;
    setMembership(agent: string, queue: string, join: boolean): Promise<void>;
    report(query: ReportQuery): Promise<Report>;
    history(conversation: string): Promise<History>;
    /** Saves what is seen as CSV; gives where, "" if the person changed their mind. */
    saveTable(table: Table): Promise<string>;
  };
  preferences: {
    set(settings: Settings): Promise<void>;
    testSound(tone: string, volume: number): Promise<void>;
  };
  /**
   * Calls listener with the whole state first and with changes after that, in
   * order and without gap; after a gap it begins with the whole again. The whole
   * may be there at once, before onPush returns. The result ends it.
   */
  onPush(listener: PushListener): () => void;
}
