import { describe, expect, test } from "vitest";
import { actions, at, Bench, TOKEN } from "../testing/bench";

const ended = (readOnly: boolean): Record<string, unknown> => ({
  type: "Event",
  events: [{ eventType: "Presence", presence: { type: "Disconnect" } }],
  metadata: { readOnly: String(readOnly) },
});

describe("the end of a conversation", () => {
  test("read-only: nothing more is sent, and starting again goes through closeSession", () => {
    const b = new Bench().ready().say("hi", at(1)).say("", at(2), ended(true));
    expect([b.session.view.readOnly, b.events]).toEqual([true, ["readOnlyConversation"]]);
    b.do({ on: "send", text: "wait" });
    expect([b.sent, b.pass(30_000).sent]).toEqual([[], []]);
    b.do({ on: "start-new" });
    expect(b.sent).toMatchObject([{ action: "closeSession", closeAllConnections: true }]);
    b.frame("SessionResponse", { connected: false, readOnly: true });
    expect(b.sent).toMatchObject([{ action: "configureSession", startNew: true, token: TOKEN }]);
    b.configured({ newSession: true }).pass(300);
    expect([b.session.view.readOnly, b.session.view.outgoing[0]?.state]).toEqual([false, "sent"]);
  });

  test("read-only: what is asked after the end can be answered by its suggestions", () => {
    const b = new Bench().ready().say("hi", at(1)).say("", at(2), ended(true));
    b.do({ on: "send", text: "wait" }).pass(1000);
    b.do({ on: "send", text: "4", reply: { text: "4", payload: "survey:m:4", kind: "QuickReply" } });
    expect(b.sent).toMatchObject([{ action: "onMessage", message: { text: "4" } }]);
    b.echo(b.sent[0]?.["tracingId"] as string, "4", at(3));
    expect([b.states, b.pass(30_000).sent]).toEqual([["wait:queued"], []]);
  });

  test("a connection lost while starting again takes the step once more", () => {
    const b = new Bench().ready().say("", at(2), ended(true)).do({ on: "start-new" }).do({ on: "closed" });
    b.do({ on: "online" }).do({ on: "open" }).configured({ newSession: false, readOnly: true });
    expect(actions(b.sent)).toEqual(["closeSession"]);
  });

  test("send mode: the next message simply goes", () => {
    const b = new Bench().ready().say("hi", at(1)).say("", at(2), ended(false));
    expect([b.session.view.readOnly, b.events]).toEqual([false, ["conversationDisconnected"]]);
    expect(actions(b.do({ on: "send", text: "one more thing" }).sent)).toEqual(["onMessage"]);
  });

  test("a refused message makes a session read-only that missed the news", () => {
    const b = new Bench().ready().say("hi", at(1)).do({ on: "send", text: "x" });
    b.refuse(409, b.sent[0]?.["tracingId"] as string, "Session is read-only, no new messages allowed");
    expect(b.session.view).toMatchObject({ readOnly: true, outgoing: [{ failure: "read-only", retryable: false }] });
  });

  test.each([
    ["by event", (b: Bench) => b.frame("SessionExpiredEvent", {})],
    ["by refusal", (b: Bench) => b.refuse(4006, b.session.view.outgoing[0]?.id ?? "")],
  ])("expiry %s ends it; starting again takes a new token and keeps what was not sent", (_how, expire) => {
    const b = expire(new Bench().ready().do({ on: "send", text: "late" }));
    expect([b.session.view.phase, b.pass(600_000).effects]).toEqual(["expired", []]);
    b.do({ on: "start-new" });
    expect(b.effects).toEqual([{ do: "renew-token", keepOutbox: true }]);
    b.do({ on: "token", token: "other", keepOutbox: true }).do({ on: "open" });
    expect(b.sent).toMatchObject([{ action: "configureSession", token: "other" }]);
    expect(b.configured({ newSession: true }).sent).toMatchObject([
      { action: "onMessage", token: "other", message: { text: "late" } },
    ]);
  });

  test("clearing takes everything away and begins under another token", () => {
    const b = new Bench().ready().say("hi", at(1)).do({ on: "clear" });
    expect(b.sent).toMatchObject([{ message: { events: [{ presence: { type: "Clear" } }] } }]);
    b.frame("SessionClearedEvent", {});
    expect([b.did, b.events]).toEqual([["disconnect", "renew-token"], ["conversationCleared"]]);
    b.frame("ConnectionClosedEvent", {}).do({ on: "token", token: "other", keepOutbox: false });
    expect([b.texts, b.session.view.live, b.session.token]).toEqual([[], false, "other"]);
  });

  test.each([
    ["refused", (b: Bench) => b.refuse(403, "unknown", "Presence events Conversation Clear are not supported")],
    ["unanswered", (b: Bench) => b.pass(10_000)],
  ])("a clear that is %s leaves everything as it was and says so", (_how, act) => {
    const b = act(new Bench().ready().say("hi", at(1)).do({ on: "clear" }));
    expect([b.texts, b.session.view.clearing, b.session.view.clearFailed]).toEqual([["hi"], false, true]);
  });

  test("a rejected token is replaced once, then the refusal stands", () => {
    const b = new Bench().do({ on: "connect" }).do({ on: "open" }).refuse(4017, "id-1");
    expect(b.effects).toContainEqual({ do: "renew-token", keepOutbox: true });
    b.do({ on: "token", token: "other", keepOutbox: true }).do({ on: "open" }).refuse(4017, "id-2");
    expect(b.session.view.phase).toBe("refused");
  });

  test("auto-start joins a new session once, and no resumed one", () => {
    expect(new Bench({ autoStart: true }).ready().sent).toMatchObject([
      { message: { events: [{ presence: { type: "Join" } }] } },
    ]);
    expect(actions(new Bench({ autoStart: true }).ready(false).sent)).toEqual(["getJwt"]);
  });
});

describe("files", () => {
  const pdf = { name: "a.pdf", type: "application/pdf", size: 1000 };
  const grant = { attachmentId: "f1", url: "https://hub.example/up", headers: { "x-amz-tagging": "t" } };
  const attached = (): Bench => new Bench().ready().do({ on: "attach", id: "f1", file: pdf });
  const stored = (b: Bench): Bench =>
    b.frame("PresignedUrlResponse", grant, { tracingId: "f1" }).do({ on: "uploaded", id: "f1" });

  test("ask, upload, be told, send", () => {
    const b = attached();
    expect(b.sent).toMatchObject([{ action: "onAttachment", attachmentId: "f1", fileName: "a.pdf", fileSize: 1000 }]);
    b.frame("PresignedUrlResponse", grant, { tracingId: "f1" });
    expect(b.effects).toEqual([{ do: "upload", id: "f1", url: grant.url, headers: grant.headers }]);
    b.do({ on: "upload-progress", id: "f1", fraction: 0.64 });
    expect(b.session.view.outgoing[0]).toMatchObject({ state: "uploading", fraction: 0.64 });
    b.do({ on: "uploaded", id: "f1" });
    expect(b.sent).toEqual([]);
    b.frame("UploadSuccessEvent", { attachmentId: "f1" });
    expect(b.sent).toMatchObject([
      { tracingId: "f1", message: { content: [{ contentType: "Attachment", attachment: { id: "f1" } }] } },
    ]);
    expect(b.echo("f1", "", at(1)).session.view.outgoing).toEqual([]);
  });

  test("the server's word may come before the upload's answer", () => {
    const b = attached().frame("PresignedUrlResponse", grant, { tracingId: "f1" });
    expect(actions(b.frame("UploadSuccessEvent", { attachmentId: "f1" }).sent)).toEqual(["onMessage"]);
    expect(b.do({ on: "uploaded", id: "f1" }).session.view.outgoing[0]?.state).toBe("sent");
  });

  test("without that word the message goes after three seconds", () => {
    expect(actions(stored(attached()).pass(3000).sent)).toEqual(["onMessage"]);
  });

  test("an upload survives a lost connection, and so does a stored file", () => {
    const b = attached().frame("PresignedUrlResponse", grant, { tracingId: "f1" }).do({ on: "closed" });
    expect(b.session.view.outgoing[0]?.state).toBe("uploading");
    b.do({ on: "uploaded", id: "f1" }).do({ on: "online" }).do({ on: "open" }).configured({ newSession: true });
    expect(actions(b.pass(3000).sent)).toEqual(["onMessage"]);
  });

  test("one upload at a time", () => {
    const b = attached().do({ on: "attach", id: "f2", file: pdf });
    expect([b.sent, b.states]).toEqual([[], ["a.pdf:asking", "a.pdf:queued"]]);
    expect(actions(stored(b).sent)).toEqual(["onAttachment"]);
    expect(actions(b.frame("UploadSuccessEvent", { attachmentId: "f1" }).sent)).toEqual(["onMessage"]);
  });

  test("a broken upload can be tried again under a new attachment", () => {
    const b = attached()
      .frame("PresignedUrlResponse", grant, { tracingId: "f1" })
      .do({ on: "upload-failed", id: "f1" });
    expect(b.session.view.outgoing[0]).toMatchObject({ state: "failed", failure: "upload", retryable: true });
    b.do({ on: "retry", id: "f1" });
    expect(b.sent).toMatchObject([{ action: "onAttachment", tracingId: "f1" }]);
    expect(b.sent[0]?.["attachmentId"]).not.toBe("f1");
  });

  test("cancelling stops the upload", () => {
    const b = attached().frame("PresignedUrlResponse", grant, { tracingId: "f1" }).do({ on: "discard", id: "f1" });
    expect([b.did, b.states]).toEqual([["abort"], []]);
  });

  test("a refused address names its reason", () => {
    const b = attached().frame("GenerateUrlError", { attachmentId: "f1", errorCode: 4002 }, { code: 400 });
    expect(b.session.view.outgoing[0]).toMatchObject({ state: "failed", failure: "file-large", retryable: false });
  });

  test.each([
    ["empty", { ...pdf, size: 0 }, "file-empty"],
    ["too large", { ...pdf, size: 102_401 }, "file-large"],
    ["of a kind not taken", { ...pdf, type: "text/html" }, "file-type"],
    ["with a blocked ending", { name: "a.EXE", type: "image/png", size: 1 }, "file-type"],
    ["without an ending", { ...pdf, name: "README" }, "file-name"],
    ["with a wildcard's type", { name: "a.png", type: "image/png", size: 1 }, null],
  ])("a file that is %s", (_name, file, failure) => {
    const b = new Bench().ready().do({ on: "attach", id: "f", file });
    expect(b.session.view.outgoing[0]?.failure).toBe(failure);
  });

  test("a file chosen before the limits are known is checked when they are", () => {
    const b = new Bench().do({ on: "attach", id: "f", file: { ...pdf, size: 0 } });
    expect(b.states).toEqual(["a.pdf:queued"]);
    expect(b.ready().session.view.outgoing[0]?.failure).toBe("file-empty");
  });

  test("an expired picture's address is asked for once", () => {
    const content = [
      {
        contentType: "Attachment",
        attachment: { id: "p", filename: "p.png", mime: "image/png", url: "https://hub.example/old" },
      },
    ];
    const b = new Bench().ready().say("", at(1), { content }).do({ on: "refresh", attachmentId: "p" });
    expect(actions(b.sent)).toEqual(["getAttachment"]);
    expect(b.do({ on: "refresh", attachmentId: "p" }).sent).toEqual([]);
    b.frame("PresignedUrlResponse", { attachmentId: "p", url: "https://hub.example/new", headers: {} });
    expect(b.session.view.entries[0]?.attachments[0]?.url).toBe("https://hub.example/new");
  });
});
