import * as Access from "../../wailsjs/go/app/Access";
import * as Agent from "../../wailsjs/go/app/Agent";
import * as Handling from "../../wailsjs/go/app/Handling";
import * as Interactions from "../../wailsjs/go/app/Interactions";
import * as Preferences from "../../wailsjs/go/app/Preferences";
import * as Supervising from "../../wailsjs/go/app/Supervising";
import * as Window from "../../wailsjs/go/app/Window";
import { app } from "../../wailsjs/go/models";
import { EventsOn } from "../../wailsjs/runtime/runtime";
import type { Bridge } from "./bridge";
import { inOrder } from "./order";
import type { Push } from "./types";

export type { Bridge } from "./bridge";

/** Go's errors arrive as text; the window wants an Error. */
async function inWords<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw cause instanceof Error ? cause : new Error(String(cause), { cause });
  }
}

/** told sends something whose failure says nothing to a person. */
function told(call: Promise<void>): void {
  call.catch(() => undefined);
}

/** first gives the push that the core put into the page as it served it (app/page.go). */
function first(): Push | undefined {
  const text = document.getElementById("first-push")?.textContent;
  return text ? (JSON.parse(text) as Push) : undefined;
}

/** connect gives the bridge to the Go core of this window. */
export function connect(): Bridge {
  return {
    window: {
      painted: (state) => told(Window.Painted(state)),
      focused: (focused) => told(Window.Focused(focused)),
      openLink: (url) => inWords(Window.OpenLink(url)),
      leave: (hub, remember) => inWords(Window.Leave(hub, remember)),
      stay: () => told(Window.Stay()),
    },
    access: {
      probe: (address) => inWords(Access.Probe(address)),
      signIn: (address, user, password) => inWords(Access.SignIn(address, user, password)),
      tryDemo: () => inWords(Access.TryDemo()),
      signOut: () => inWords(Access.SignOut()),
      unlock: (passphrase) => inWords(Access.Unlock(passphrase)),
      keep: (how, passphrase) => inWords(Access.Keep(how, passphrase)),
      reconnect: () => told(Access.Reconnect()),
    },
    agent: { setPresence: (presence) => inWords(Agent.SetPresence(presence)) },
    interactions: {
      answer: (id) => inWords(Interactions.Answer(id)),
      decline: (id) => inWords(Interactions.Decline(id)),
      end: (id) => inWords(Interactions.End(id)),
      wrapUp: (id, code) => inWords(Interactions.WrapUp(id, code)),
      send: (id, text) => inWords(Interactions.Send(id, text)),
      retry: (id, message) => inWords(Interactions.Retry(id, message)),
      confirm: (id, message) => inWords(Interactions.Confirm(id, message)),
      edit: (id, message) => inWords(Interactions.Edit(id, message)),
      withdraw: (id, message) => inWords(Interactions.Withdraw(id, message)),
      typing: (id) => told(Interactions.Typing(id)),
      markRead: (id, inbound) => told(Interactions.MarkRead(id, inbound)),
      open: (id) => told(Interactions.Open(id)),
      close: (id) => told(Interactions.Close(id)),
      saveDraft: (id, text) => told(Interactions.SaveDraft(id, text)),
      transcript: (id, from, count) => inWords(Interactions.Transcript(id, from, count)),
      chooseFiles: (id) => inWords(Interactions.ChooseFiles(id)),
      addFile: (id, name, mime, content) => inWords(Interactions.AddFile(id, name, mime, content)),
      removeFile: (id, attachment) => told(Interactions.RemoveFile(id, attachment)),
      saveFile: (id, attachment) => inWords(Interactions.SaveFile(id, attachment)),
    },
    handling: {
      transfer: (id, queue, agent, note) => inWords(Handling.Transfer(id, queue, agent, note)),
      targets: () => inWords(Handling.Targets()),
      park: (id, untilMs) => inWords(Handling.Park(id, untilMs)),
      resume: (id) => inWords(Handling.Resume(id)),
      pull: (id) => inWords(Handling.Pull(id)),
      waiting: () => inWords(Handling.Waiting()),
      addNote: (id, text) => inWords(Handling.AddNote(id, text)),
      askHelp: (id, needed) => inWords(Handling.AskHelp(id, needed)),
      setQueue: (queue, join) => inWords(Handling.SetQueue(queue, join)),
    },
    supervising: {
      watchBoard: (on) => told(Supervising.WatchBoard(on)),
      board: () => inWords(Supervising.Board()),
      boardAt: (atMs) => inWords(Supervising.BoardAt(atMs)),
      monitor: (id) => told(Supervising.Monitor(id)),
      unmonitor: (id) => told(Supervising.Unmonitor(id)),
      coach: (id, text) => inWords(Supervising.Coach(id, text)),
      takeOver: (id) => inWords(Supervising.TakeOver(id)),
      reassign: (id, queue, agent) => inWords(Supervising.Reassign(id, queue, agent)),
      setPriority: (id, priority) => inWords(Supervising.SetPriority(id, priority)),
      cutOff: (id) => inWords(Supervising.CutOff(id)),
      closeHelp: (id) => inWords(Supervising.CloseHelp(id)),
      setStatus: (agent, presence) => inWords(Supervising.SetStatus(agent, presence)),
      setMembership: (agent, queue, join) => inWords(Supervising.SetMembership(agent, queue, join)),
      report: (query) => inWords(Supervising.Report(app.ReportQuery.createFrom(query))),
      history: (id) => inWords(Supervising.History(id)),
      saveTable: (table) => inWords(Supervising.SaveTable(app.Table.createFrom(table))),
    },
    preferences: {
      set: (settings) => inWords(Preferences.Set(app.Settings.createFrom(settings))),
      testSound: (tone, volume) => inWords(Preferences.TestSound(tone, volume)),
    },
    onPush: (listener) =>
      inOrder(
        {
          first: first(),
          subscribe: () => Window.Subscribe(),
          on: (each) => EventsOn("push", (push: Push) => each(push)),
        },
        listener,
      ),
  };
}
