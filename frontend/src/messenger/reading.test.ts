import { describe, expect, test, vi } from "vitest";
import { Bus, type Stub } from "./bus";
import { brandFor, contrast, foregroundFor } from "./colour";
import { readConfig } from "./config";
import { readEntity, readGrant, readHistory } from "./protocol/frames";
import { presentAgent, rowsOf } from "./rows";
import { openStorage, Store, TabStore, type Storage } from "./store";
import { clockFor, fileSize, splitLinks } from "./words";
import { Bench, at } from "./testing/bench";

describe("links", () => {
  test.each([
    ["see https://a.example/x.", ["see ", "https://a.example/x", "."]],
    ["(https://a.example/x_(y))", ["(", "https://a.example/x_(y)", ")"]],
    ["javascript:alert(1) data:text/html,x", ["javascript:alert(1) data:text/html,x"]],
    ['<https://a.example>"', ["<", "https://a.example", '>"']],
    ["http://", ["http://"]],
  ])("%s", (text, parts) => {
    const words = splitLinks(text);
    expect(words.map((w) => w.text)).toEqual(parts);
    for (const word of words) expect(word.href === null || /^https?:\/\//.test(word.href)).toBe(true);
  });
});

describe("entities", () => {
  test("addresses that are not http are dropped", () => {
    const attachment = { id: "a", filename: "x", mime: "image/png", url: "javascript:alert(1)" };
    expect(readEntity({ id: "1", content: [{ contentType: "Attachment", attachment }] })?.attachments[0]?.url).toBe("");
    expect(readGrant({ url: "file:///etc/passwd" })).toBeNull();
  });

  test("cards and quick replies become words", () => {
    const card = {
      title: "Tent",
      description: "Orange",
      image: "https://elsewhere.example/t.png",
      actions: [
        { type: "Link", text: "See", url: "https://shop.example/t" },
        { type: "Postback", text: "Buy", payload: "buy" },
      ],
    };
    const entity = readEntity({
      id: "1",
      type: "Structured",
      direction: "Outbound",
      content: [{ contentType: "Card", card }],
    });
    expect(entity?.cards).toEqual([
      { title: "Tent", description: "Orange", links: [{ text: "See", url: "https://shop.example/t" }] },
    ]);
    expect(entity?.replies).toEqual([{ text: "Buy", payload: "buy", kind: "Button" }]);
  });

  test.each([null, 1, "x", [], {}, { entities: 5 }])("no page of history: %j", (value) =>
    expect(readHistory(value)).toBeNull(),
  );

  test("what is broken in a page does not hide the rest", () => {
    expect(readHistory({ entities: [null, 7, { id: "1" }], total: 1 })?.entities).toHaveLength(1);
  });
});

describe("rows", () => {
  const bench = (): Bench => new Bench().ready();

  test("one person's messages within five minutes stand together, under one name", () => {
    const rows = rowsOf(bench().say("a", at(1)).say("b", at(2)).echo("x", "c", at(3)).session.view);
    expect(rows.map((r) => (r.kind === "turn" ? [r.name, r.entries.map((e) => e.text)] : r.kind))).toEqual([
      "day",
      ["Sofia", ["a", "b"]],
      ["", ["c"]],
    ]);
  });

  test("only the newest message offers suggestions", () => {
    const content = [{ contentType: "QuickReply", quickReply: { text: "Yes", payload: "y" } }];
    const asked = bench().say("?", at(1), { content });
    const offered = (b: Bench): number[] =>
      rowsOf(b.session.view).flatMap((r) => (r.kind === "turn" ? [r.replies.length] : []));
    expect(offered(asked)).toEqual([1]);
    expect(offered(asked.say("never mind", at(2)))).toEqual([0]);
  });

  test("the agent is the last person who wrote, until it ended", () => {
    const human = { originatingEntity: "Human" };
    const b = bench().say("hi", at(1), human).say("beep", at(2), { originatingEntity: "Bot" });
    expect(presentAgent(b.session.view.entries)).toBe("Sofia");
    const presence = { type: "Event", events: [{ eventType: "Presence", presence: { type: "Disconnect" } }] };
    expect(presentAgent(b.say("", at(3), presence).session.view.entries)).toBe("");
  });
});

describe("storage", () => {
  const memory = (): Storage =>
    openStorage(() => {
      throw new Error("forbidden");
    });
  const DEP = "d";

  test("a token is made once and shared", () => {
    const storage = memory();
    const token = new Store(storage, DEP).token();
    expect(token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Store(storage, DEP).token()).toBe(token);
    expect(new Store(storage, "other").token()).not.toBe(token);
  });

  test("two tabs that need another token agree on one", () => {
    const storage = memory();
    const old = new Store(storage, DEP).token();
    const first = new Store(storage, DEP).renew(old);
    expect([first === old, new Store(storage, DEP).renew(old)]).toEqual([false, first]);
  });

  test("a token that is no UUID is replaced", () => {
    const storage = memory();
    storage.setItem(new Store(storage, DEP).tokenKey, "short");
    expect(new Store(storage, DEP).token()).not.toBe("short");
  });

  test("unsent texts survive a change of page; nonsense counts as none", () => {
    const storage = memory();
    const tab = new TabStore(storage, DEP);
    tab.keepTexts([{ id: "1", at: 2, text: "hi" }]);
    expect(new TabStore(storage, DEP).texts()).toEqual([{ id: "1", at: 2, text: "hi" }]);
    storage.setItem(`parley:${DEP}:outbox`, '[null,{"id":1}]');
    expect(tab.texts()).toEqual([]);
  });
});

describe("the page's function", () => {
  test("works off what was called before it came, and tells late subscribers that it is ready", async () => {
    const run = vi.fn((name: string) => (name === "bad" ? Promise.reject(new Error("no")) : Promise.resolve("done")));
    const bus = new Bus(run);
    const [ok, failed, ready] = [vi.fn(), vi.fn(), vi.fn()];
    const page: { Parley?: Stub } = {
      Parley: Object.assign(() => undefined, { q: [["command", "Messenger.open", {}, ok]] }),
    };
    bus.install(page);
    page.Parley?.("command", "bad", {}, ok, failed);
    bus.publish("Messenger.ready", {});
    page.Parley?.("subscribe", "Messenger.ready", ready);
    await vi.waitFor(() => expect(failed).toHaveBeenCalledWith("no"));
    expect(ok).toHaveBeenCalledExactlyOnceWith("done");
    expect(ready).toHaveBeenCalledWith({ event: "Messenger.ready", data: {} });
  });

  test("a listener that throws harms nobody", () => {
    vi.stubGlobal("reportError", vi.fn());
    const bus = new Bus(() => Promise.resolve());
    const page: { Parley?: Stub } = {};
    bus.install(page);
    const other = vi.fn();
    page.Parley?.("subscribe", "x", () => {
      throw new Error("page's own");
    });
    page.Parley?.("subscribe", "x", other);
    bus.publish("x", 1);
    expect(other).toHaveBeenCalled();
  });
});

describe("configuration and colour", () => {
  test.each([null, 7, "x", {}, { messenger: { styles: { primaryColor: "red" } } }])(
    "nonsense falls back: %j",
    (json) => {
      expect(readConfig(json, {})).toMatchObject({
        enabled: true,
        title: "Chat",
        primaryColor: "#03637b",
        launcher: "On",
        topics: [],
      });
    },
  );

  test("the page's own words win", () => {
    const config = readConfig(
      { name: "shop", position: { alignment: "Left" } },
      { title: "Tarn & Fell", topics: "A| B ||C" },
    );
    expect(config).toMatchObject({ title: "Tarn & Fell", initials: "T&F", topics: ["A", "B", "C"], side: "left" });
  });

  test.each(["#2f5d47", "#ffffff", "#000000", "#ffd400", "#ff7a66", "#7f7f7f", "#03637b", "#00ff00"])(
    "%s stays readable",
    (colour) => {
      for (const [surface, dark] of [
        ["#fefdfc", false],
        ["#181e22", true],
      ] as const) {
        const brand = brandFor(colour, surface, dark);
        expect(contrast(brand.fill, brand.onFill)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(brand.ink, surface)).toBeGreaterThanOrEqual(4.5);
      }
    },
  );

  test("a dark fill takes white, a light one ink", () => {
    expect([foregroundFor("#2f5d47"), foregroundFor("#ffd400")]).toEqual(["#ffffff", "#101714"]);
  });
});

test("sizes and days are words", () => {
  expect([fileSize(0), fileSize(999), fileSize(319_488), fileSize(1_450_000)]).toEqual([
    "0 B",
    "999 B",
    "312 KB",
    "1.4 MB",
  ]);
  const clock = clockFor("en-GB", "Today", "Yesterday");
  const now = new Date(2026, 10, 22, 12).getTime();
  const day = (d: number, month = 10): string => clock.day(new Date(2026, month, d, 9, 5).getTime(), now);
  expect([day(22), day(21), day(12), day(1, 0)]).toEqual([
    "Today, 09:05",
    "Yesterday, 09:05",
    "12 November, 09:05",
    "1 January 2026, 09:05",
  ]);
});
