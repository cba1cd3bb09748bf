import { describe, expect, it } from "vitest";
import { Messages } from "../../shared/i18n";
import { accepts, base64, refusal } from "./attach";

const m = new Messages("en-GB");
const some = { label: "Web messaging", maxFileBytes: 5000, fileTypes: ["image/*", "application/pdf"] };

describe("refusal", () => {
  const cases = [
    { name: "a picture", file: { name: "a.png", type: "image/png", size: 10 }, channel: some, want: "" },
    { name: "exactly the limit", file: { name: "a.png", type: "image/png", size: 5000 }, channel: some, want: "" },
    {
      name: "too large",
      file: { name: "a.png", type: "image/png", size: 5001 },
      channel: some,
      want: "a.png was not attached: it is 5 KB, and Web messaging takes up to 5 KB.",
    },
    {
      name: "another type, its name unmasked",
      file: { name: "cv\u202efdp.exe", type: "application/x-msdownload", size: 10 },
      channel: some,
      want: "cvfdp.exe was not attached: Web messaging takes pictures and PDF.",
    },
    {
      name: "no files at all",
      file: { name: "a.png", type: "image/png", size: 10 },
      channel: { ...some, label: "SMS", fileTypes: [] },
      want: "a.png was not attached: SMS takes no files.",
    },
    {
      name: "empty",
      file: { name: "a.png", type: "image/png", size: 0 },
      channel: some,
      want: "a.png was not attached: it is empty.",
    },
    {
      name: "what the window can hand over is less than the channel takes",
      file: { name: "a.png", type: "image/png", size: 25_000_000 },
      channel: { ...some, maxFileBytes: 50_000_000 },
      want: "a.png was not attached: it is 25 MB, and Web messaging takes up to 10 MB.",
    },
  ];
  for (const { name, file, channel, want } of cases) it(name, () => expect(refusal(file, channel, m)).toBe(want));
});

describe("accepts", () => {
  const cases: [string[], string, boolean][] = [
    [["*/*"], "", true],
    [["image/*"], "IMAGE/PNG", true],
    [["image/*"], "imagex/png", false],
    [["image/*"], "", false],
    [["application/pdf"], "application/pdf", true],
    [[], "image/png", false],
  ];
  for (const [types, type, want] of cases) {
    it(`${types.join(" ") || "none"}: ${type || "unknown"}`, () => expect(accepts(types, type)).toBe(want));
  }
});

describe("base64", () => {
  it("gives the content alone", async () => {
    expect(await base64(new Blob(["hello"]), () => undefined)).toBe("aGVsbG8=");
  });
});
