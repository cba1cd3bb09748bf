import { describe, expect, test } from "vitest";
import { ACK_MS } from "./outbox";
import { actions, at, Bench, LATER, old } from "../testing/bench";

describe("connection", () => {
  test("configures as soon as the socket is open", () => {
    const b = new Bench().do({ on: "connect" });
    expect(b.did).toEqual(["connect"]);
    b.do({ on: "open" });
    expect(b.sent).toMatchObject([{ action: "configureSession", deploymentId: "dep", startNew: false }]);
    expect(b.configured({ newSession: true }).session.view.phase).toBe("ready");
  });

  test("comes back with growing, jittered pauses and begins small again after success", () => {
    const b = new Bench().ready();
    const pauses: number[] = [];
    for (let i = 0; i < 7; i++) {
      b.do({ on: "closed" });
      pauses.push(b.session.wakeAt() - b.now);
      b.pass(pauses.at(-1) ?? 0);
      expect(b.did).toContain("connect");
    }
    expect(pauses).toEqual([750, 1500, 3000, 6000, 12_000, 22_500, 22_500]);
    b.do({ on: "open" }).configured({ newSession: true }).do({ on: "closed" });
    expect(b.session.wakeAt() - b.now).toBe(750);
  });

  test("does not wait when the browser says it is online again", () => {
    const b = new Bench().ready().do({ on: "closed" }).do({ on: "online" });
    expect(b.did).toEqual(["connect"]);
  });

  test("gives up an attempt that never answers", () => {
    const b = new Bench().do({ on: "connect" }).pass(20_000);
    expect(b.session.view.phase).toBe("waiting");
  });

  test("finds a dead connection by an echo that is not answered", () => {
    const b = new Bench().ready().pass(40_000);
    expect(actions(b.sent)).toEqual(["echo"]);
    expect(b.pass(10_000).session.view.phase).toBe("waiting");
  });

  test("an answered echo keeps it, and is not a message", () => {
    const b = new Bench().ready().pass(40_000);
    b.frame(
      "StructuredMessage",
      { id: "x", type: "Text", direction: "Inbound", text: "ping" },
      { tracingId: b.sent[0]?.["tracingId"] },
    );
    expect([b.pass(15_000).session.view.phase, b.texts]).toEqual(["ready", []]);
  });

  test("a hidden tab asks nothing", () => {
    expect(new Bench().ready().do({ on: "visible", visible: false }).pass(600_000).sent).toEqual([]);
  });

  test("a connection closed in favour of another tab stays closed until this one is looked at", () => {
    const b = new Bench().ready().frame("ConnectionClosedEvent", {});
    expect([b.session.view.phase, b.pass(600_000).did]).toEqual(["displaced", []]);
    expect(b.do({ on: "visible", visible: true }).did).toEqual(["connect"]);
  });

  test.each([
    ["forbidden deployment", 403, "refused"],
    ["server in trouble", 5000, "waiting"],
  ])("configure answered with %s", (_name, code, phase) => {
    const b = new Bench().do({ on: "connect" }).do({ on: "open" }).refuse(code, "id-1");
    expect(b.session.view.phase).toBe(phase);
  });

  test("a rate limit on configure is waited out", () => {
    const b = new Bench().do({ on: "connect" }).do({ on: "open" });
    b.refuse(429, "id-1", { retryAfter: 7 }, "TooManyRequestsErrorMessage");
    expect(b.session.wakeAt() - b.now).toBe(7000);
  });

  test.each([
    "",
    "no json",
    "[]",
    "{}",
    '{"class":1,"code":200}',
    '{"class":"StructuredMessage","code":200}',
    '{"class":"Later","code":200,"body":{}}',
  ])("ignores what it cannot read: %s", (raw) => {
    const b = new Bench().ready().do({ on: "frame", raw });
    expect([b.session.view.phase, b.effects]).toEqual(["ready", []]);
  });
});

describe("sending", () => {
  test("a text is sending until its echo, then stands in the log once", () => {
    const b = new Bench().ready().do({ on: "send", text: "hello" });
    expect(b.states).toEqual(["hello:sent"]);
    const id = b.sent[0]?.["tracingId"] as string;
    expect(b.sent[0]).toMatchObject({
      action: "onMessage",
      message: { type: "Text", text: "hello", metadata: { id } },
    });
    b.echo(id, "hello", at(1));
    expect([b.states, b.texts, b.session.view.entries[0]?.key]).toEqual([[], ["hello"], id]);
  });

  test("texts leave one after the other, in order and not too fast", () => {
    const b = new Bench().ready().do({ on: "send", text: "1" });
    const first = b.sent[0]?.["tracingId"] as string;
    b.do({ on: "send", text: "2" });
    expect(b.sent).toEqual([]);
    b.echo(first, "1", at(1));
    expect(b.sent).toEqual([]);
    b.pass(210);
    expect(b.sent).toMatchObject([{ message: { text: "2" } }]);
  });

  test("what had no echo goes again with the same tracingId, and what is written meanwhile waits", () => {
    const b = new Bench().ready().do({ on: "send", text: "hello" });
    const id = b.sent[0]?.["tracingId"];
    b.do({ on: "closed" }).do({ on: "send", text: "still there?" });
    expect(b.states).toEqual(["hello:queued", "still there?:queued"]);
    b.do({ on: "online" }).do({ on: "open" }).configured({ newSession: false });
    expect(actions(b.sent)).toEqual(["getJwt"]);
    b.frame("JwtResponse", { jwt: "j", exp: LATER }).page([]).pass(210);
    expect(b.session.view.outgoing[0]).toMatchObject({ id, state: "sent", attempts: 2 });
  });

  test("a message whose echo was lost is found in history and not sent again", () => {
    const b = new Bench().ready().do({ on: "send", text: "hello" });
    const id = b.sent[0]?.["tracingId"];
    b.do({ on: "closed" }).do({ on: "online" }).do({ on: "open" }).configured({ newSession: false });
    b.frame("JwtResponse", { jwt: "j", exp: LATER })
      .page([old(1, { own: true, text: "hello", clientId: id })])
      .pass(1000);
    expect([b.states, b.texts, actions(b.sent)]).toEqual([[], ["hello"], []]);
  });

  test("history that never comes does not hold messages back for ever", () => {
    const b = new Bench().ready(false).do({ on: "send", text: "hello" });
    expect(actions(b.sent)).toEqual([]);
    expect(actions(b.pass(8000).sent)).toEqual(["onMessage"]);
  });

  test("a missing echo means a dead connection", () => {
    const b = new Bench().ready().do({ on: "send", text: "hello" }).pass(ACK_MS);
    expect([b.session.view.phase, b.states]).toEqual(["waiting", ["hello:queued"]]);
  });

  test("after four attempts it has failed and can be tried again", () => {
    const b = new Bench().ready().do({ on: "send", text: "hello" });
    for (let i = 0; i < 4; i++) {
      b.pass(ACK_MS).do({ on: "online" }).do({ on: "open" }).configured({ newSession: true });
    }
    expect(b.session.view.outgoing[0]).toMatchObject({ state: "failed", failure: "no-answer", retryable: true });
    b.do({ on: "retry", id: b.session.view.outgoing[0]?.id ?? "" });
    expect(b.states).toEqual(["hello:sent"]);
  });

  test("a rate limit holds everything back as long as the server asks", () => {
    const b = new Bench().ready().do({ on: "send", text: "1" });
    const id = b.sent[0]?.["tracingId"] as string;
    b.refuse(429, id, { retryAfter: 3, errorCode: 4029 }, "TooManyRequestsErrorMessage").do({ on: "send", text: "2" });
    expect([b.sent, b.states]).toEqual([[], ["1:queued", "2:queued"]]);
    expect(b.pass(2999).sent).toEqual([]);
    expect(b.pass(1).sent).toMatchObject([{ tracingId: id, message: { text: "1" } }]);
  });

  test("too long a text is refused before it leaves, counted in bytes", () => {
    const b = new Bench().ready().do({ on: "send", text: "€".repeat(1366) });
    expect([b.sent, b.session.view.outgoing[0]?.failure]).toEqual([[], "too-long"]);
  });

  test("a refusal names its reason", () => {
    const b = new Bench().ready().do({ on: "send", text: "x" });
    b.refuse(4013, b.sent[0]?.["tracingId"] as string);
    expect(b.session.view.outgoing[0]).toMatchObject({ state: "failed", failure: "refused", retryable: true });
  });

  test("a forgotten session is configured anew and the message goes again", () => {
    const b = new Bench().ready().do({ on: "send", text: "x" });
    b.refuse(4007, b.sent[0]?.["tracingId"] as string);
    expect(actions(b.sent)).toEqual(["configureSession"]);
    expect(actions(b.configured({ newSession: true }).pass(210).sent)).toEqual(["onMessage"]);
  });

  test("attributes go with the next message only, unless it is lost", () => {
    const b = new Bench()
      .ready()
      .do({ on: "attributes", attributes: { plan: "gold" } })
      .do({ on: "send", text: "1" });
    expect(b.sent[0]).toMatchObject({ channel: { metadata: { customAttributes: { plan: "gold" } } } });
    b.echo(b.sent[0]?.["tracingId"] as string, "1", at(1))
      .pass(300)
      .do({ on: "send", text: "2" });
    expect(b.sent[0]).not.toHaveProperty("channel");
  });

  test("a quick reply answers as structured content with words", () => {
    const b = new Bench()
      .ready()
      .do({ on: "send", text: "Small", reply: { text: "Small", payload: "s", kind: "QuickReply" } });
    const buttonResponse = { type: "QuickReply", text: "Small", payload: "s" };
    expect(b.sent[0]).toMatchObject({
      message: { type: "Structured", text: "Small", content: [{ contentType: "ButtonResponse", buttonResponse }] },
    });
  });
});

describe("receiving", () => {
  test("the same message is shown once, whichever way it comes", () => {
    const b = new Bench()
      .resumed([old(1)])
      .say("hi", at(5))
      .say("hi", at(5))
      .say("hi again", at(5), { id: "other" });
    expect(b.texts).toEqual(["h1", "hi"]);
  });

  test("late messages take their place by time", () => {
    const b = new Bench().ready().say("b", at(5)).say("c", at(9)).say("a", at(2));
    expect(b.texts).toEqual(["a", "b", "c"]);
  });

  test("another tab's message appears as one's own", () => {
    const b = new Bench().ready().echo("elsewhere", "from my other tab", at(1));
    expect(b.session.view.entries).toMatchObject([{ own: true, text: "from my other tab" }]);
  });

  test("typing ends by time or with the message", () => {
    const typing = { events: [{ eventType: "Typing", typing: { type: "On", duration: 5000 } }], type: "Event" };
    const b = new Bench().ready().say("", at(1), typing);
    expect([b.session.view.typing, b.events]).toEqual(["Sofia", ["typingReceived"]]);
    expect([b.pass(5000).session.view.typing, b.events]).toEqual([null, ["typingTimeout"]]);
    expect(b.say("", at(2), typing).say("there", at(3)).session.view.typing).toBeNull();
  });

  test("one's own typing is told at most every five seconds, and only to somebody", () => {
    const b = new Bench().ready().do({ on: "typed" });
    expect(b.sent).toEqual([]);
    b.say("hi", at(1)).do({ on: "typed" });
    expect(b.sent).toMatchObject([{ message: { type: "Event", events: [{ eventType: "Typing" }] } }]);
    expect(b.do({ on: "typed" }).sent).toEqual([]);
    b.pass(5000);
    expect(b.do({ on: "typed" }).sent).toHaveLength(1);
  });
});

describe("history", () => {
  test("a resumed session reads its newest page", () => {
    const b = new Bench().ready(false);
    expect(actions(b.sent)).toEqual(["getJwt"]);
    b.frame("JwtResponse", { jwt: "jwt", exp: LATER });
    expect(b.effects).toContainEqual({ do: "history", page: 1, jwt: "jwt" });
    b.page([old(2), old(1)]);
    expect([b.texts, b.events, b.session.view.hasOlder]).toEqual([["h1", "h2"], ["restored"], false]);
  });

  test("older pages follow when asked for, until all is known", () => {
    const pageOf = (from: number): Record<string, unknown>[] => Array.from({ length: 25 }, (_, i) => old(from - i));
    const b = new Bench().ready(false).frame("JwtResponse", { jwt: "jwt", exp: LATER });
    b.page(pageOf(50), 40);
    expect(b.session.view.hasOlder).toBe(true);
    b.do({ on: "older" });
    expect(b.effects).toEqual([{ do: "history", page: 2, jwt: "jwt" }]);
    b.page(pageOf(25).slice(0, 15), 40);
    expect([b.texts.length, b.session.view.hasOlder, b.events]).toEqual([
      40,
      false,
      ["oldMessages", "historyComplete"],
    ]);
  });

  test("after a long break it reads back until it meets what it knows", () => {
    const b = new Bench().resumed([old(1)]);
    b.do({ on: "closed" }).do({ on: "online" }).do({ on: "open" }).configured({ newSession: false });
    b.page(
      Array.from({ length: 25 }, (_, i) => old(40 - i)),
      40,
    );
    expect(b.effects).toContainEqual({ do: "history", page: 2, jwt: "jwt" });
  });

  test("a failure is repeated a few times, with a new token after 401", () => {
    const b = new Bench()
      .ready(false)
      .frame("JwtResponse", { jwt: "jwt", exp: LATER })
      .do({ on: "history-failed", status: 401 });
    expect(actions(b.pass(1000).sent)).toEqual(["getJwt"]);
    b.frame("JwtResponse", { jwt: "jwt2", exp: LATER });
    b.do({ on: "history-failed", status: 500 }).pass(2000).do({ on: "history-failed", status: 0 }).pass(4000);
    expect(b.do({ on: "history-failed", status: 500 }).session.view.loadingOlder).toBe(false);
    expect(b.pass(30_000).did).toEqual([]);
  });
});
