import { describe, expect, it } from "vitest";
import { emojiOnly, linkify, plainName, type Segment } from "./linkify";

const words = (text: string): Segment => ({ kind: "text", text });
const link = (text: string, href: string, host = ""): Segment => ({ kind: "link", text, href, host });

describe("linkify", () => {
  const cases: { name: string; message: string; want: Segment[] }[] = [
    { name: "nothing", message: "", want: [] },
    { name: "words only", message: "Hello, world.", want: [words("Hello, world.")] },
    {
      name: "an address in a sentence",
      message: "See https://shop.example/order?id=1#top, please",
      want: [
        words("See "),
        link("https://shop.example/order?id=1#top", "https://shop.example/order?id=1#top"),
        words(", please"),
      ],
    },
    {
      name: "a full stop is the sentence's",
      message: "http://shop.example/a.",
      want: [link("http://shop.example/a", "http://shop.example/a"), words(".")],
    },
    {
      name: "brackets around it are not its own",
      message: "(see https://shop.example/a)",
      want: [words("(see "), link("https://shop.example/a", "https://shop.example/a"), words(")")],
    },
    {
      name: "brackets inside it are",
      message: "https://wiki.example/Tent_(ridge).",
      want: [link("https://wiki.example/Tent_(ridge)", "https://wiki.example/Tent_(ridge)"), words(".")],
    },
    {
      name: "angle brackets and quotes end it",
      message: '<https://a.example/x> "https://b.example/y"',
      want: [
        words("<"),
        link("https://a.example/x", "https://a.example/x"),
        words('> "'),
        link("https://b.example/y", "https://b.example/y"),
        words('"'),
      ],
    },
    {
      name: "www is taken for https",
      message: "www.shop.example!",
      want: [link("www.shop.example", "https://www.shop.example/"), words("!")],
    },
    {
      name: "capitals",
      message: "HTTPS://SHOP.example/A",
      want: [link("HTTPS://SHOP.example/A", "https://shop.example/A")],
    },
    {
      name: "an e-mail address",
      message: "Write to mara+tf@lindholm.example.",
      want: [words("Write to "), link("mara+tf@lindholm.example", "mailto:mara+tf@lindholm.example"), words(".")],
    },
    {
      name: "a line break ends it and stays",
      message: "https://a.example/x\nnext",
      want: [link("https://a.example/x", "https://a.example/x"), words("\nnext")],
    },
    {
      name: "CJK punctuation ends it",
      message: "见https://a.example/x。谢谢",
      want: [words("见"), link("https://a.example/x", "https://a.example/x"), words("。谢谢")],
    },
    { name: "script", message: "javascript:alert(1)", want: [words("javascript:alert(1)")] },
    {
      name: "script before an address",
      message: "javascript://https://a.example/%0aalert(1)",
      want: [words("javascript://https://a.example/%0aalert(1)")],
    },
    { name: "data", message: "data:text/html,<b>x</b>", want: [words("data:text/html,<b>x</b>")] },
    { name: "file", message: "file:///etc/passwd", want: [words("file:///etc/passwd")] },
    { name: "no host", message: "https://", want: [words("https://")] },
    { name: "a bare name", message: "https://intranet/x", want: [words("https://intranet/x")] },
    { name: "a host that cannot be", message: "https://a..b%/x", want: [words("https://a..b%/x")] },
    {
      name: "a name before the host is no host",
      message: "https://bank.example@evil.example/login",
      want: [
        link("https://bank.example@evil.example/login", "https://bank.example@evil.example/login", "evil.example"),
      ],
    },
    {
      name: "a backslash ends it",
      message: "https://evil.example\\@bank.example",
      want: [link("https://evil.example", "https://evil.example/"), words("\\@bank.example")],
    },
    {
      name: "Cyrillic letters that look Latin",
      message: "https://аррӏе.com/login",
      want: [link("https://аррӏе.com/login", "https://xn--80ak6aa92e.com/login", "xn--80ak6aa92e.com")],
    },
    {
      name: "a number for a host",
      message: "http://0x7f.1/x",
      want: [link("http://0x7f.1/x", "http://127.0.0.1/x", "127.0.0.1")],
    },
    {
      name: "a mark that turns the direction ends it",
      message: "https://a.example/\u202egnp.exe",
      want: [link("https://a.example/", "https://a.example/"), words("\u202egnp.exe")],
    },
    {
      name: "a space nobody sees ends it",
      message: "https://bank.example\u200b.evil.example",
      want: [link("https://bank.example", "https://bank.example/"), words("\u200b.evil.example")],
    },
    {
      name: "full-width letters are no address",
      message: "https://ｅvil.example",
      want: [words("https://ｅvil.example")],
    },
    {
      name: "an Arabic sentence",
      message: "راجع https://shop.example/طلب، شكرا",
      want: [
        words("راجع "),
        link("https://shop.example/طلب", "https://shop.example/%D8%B7%D9%84%D8%A8"),
        words("، شكرا"),
      ],
    },
    {
      name: "two in a row",
      message: "https://a.example,https://b.example",
      want: [
        link("https://a.example", "https://a.example/"),
        words(","),
        link("https://b.example", "https://b.example/"),
      ],
    },
  ];
  for (const { name, message, want } of cases) {
    it(name, () => expect(linkify(message)).toEqual(want));
  }

  it("keeps a very long address as text", () => {
    const message = `https://a.example/${"x".repeat(5000)}`;
    expect(linkify(message)).toEqual([words(message)]);
  });

  it("holds its promises on whatever arrives", () => {
    const random = seeded(20418);
    const pieces = [
      "https://",
      "http://",
      "HTTP://",
      "www.",
      "mailto:",
      "javascript:",
      "data:",
      "a.example",
      "evil.example",
      "@",
      ":",
      "/",
      "//",
      "\\",
      "?",
      "#",
      "(",
      ")",
      "[",
      "]",
      "<",
      ">",
      '"',
      "'",
      ".",
      ",",
      "!",
      " ",
      "\n",
      "\t",
      "\u0000",
      "\u202e",
      "\u2066",
      "\u200b",
      "\ufeff",
      "\ud800",
      "\udc00",
      "😀",
      "👩‍🚀",
      "аррӏе.com",
      "نور",
      "日本",
      "。",
      "％",
      "%00",
      "%2e",
      "0x7f.1",
      "[::1]",
      "xn--",
      "user:pw@",
      "localhost",
      ":8080",
      "x".repeat(70),
      "é",
      "\u0301",
    ];
    for (let round = 0; round < 4000; round++) {
      let message = "";
      for (let n = 1 + (random() % 12); n > 0; n--) message += pieces[random() % pieces.length] ?? "";
      const segments = linkify(message);
      expect(segments.map((segment) => segment.text).join("")).toBe(message);
      for (const segment of segments) {
        expect(segment.text).not.toBe("");
        if (segment.kind === "text") continue;
        expect(["http:", "https:", "mailto:"]).toContain(new URL(segment.href).protocol);
        expect(segment.href).toMatch(/^[\x21-\x7e]+$/);
        expect(segment.text).not.toMatch(/[\s\p{Cc}\p{Cf}\u2066-\u2069\u202a-\u202e]/u);
        // Whoever reads the text or the host beside it knows where it goes.
        const host = new URL(segment.href.replace("mailto:", "https://")).hostname;
        expect(`${segment.text.toLowerCase()} ${segment.host}`).toContain(host);
      }
    }
  });

  it("takes time in proportion to the message", () => {
    for (const piece of ["a", "a@", "a.", "https://", "www.", "(", "https://a.example/)", "x@a."]) {
      const begin = performance.now();
      linkify(piece.repeat(Math.ceil(20_000 / piece.length)));
      expect(performance.now() - begin).toBeLessThan(1500);
    }
  });
});

describe("plainName", () => {
  it("takes out what turns or hides", () => {
    expect(plainName("photo\u202egnp.exe")).toBe("photognp.exe");
    expect(plainName("a\u200bb\u0000c\n.pdf")).toBe("abc.pdf");
    expect(plainName("فاتورة 12.pdf")).toBe("فاتورة 12.pdf");
  });
});

describe("emojiOnly", () => {
  const cases: [string, boolean][] = [
    ["👍", true],
    ["👍🏽 🎉", true],
    ["👩‍👩‍👧‍👦❤️🇸🇪", true],
    ["1️⃣", true],
    ["👍👍👍👍", false],
    ["👍 ok", false],
    ["123", false],
    ["#", false],
    ["", false],
    ["  ", false],
  ];
  for (const [text, want] of cases)
    it(`${JSON.stringify(text)} is ${want ? "" : "not "}large`, () => expect(emojiOnly(text)).toBe(want));
});

/** seeded gives the same numbers in each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}
