import { describe, expect, it } from "vitest";
import { en } from "../../shared/i18n/en";
import { find, parse, step } from "./emoji";

const lists = [en["emoji.faces.list"], en["emoji.gestures.list"], en["emoji.things.list"], en["emoji.signs.list"]];
const all = lists.flatMap(parse);

describe("the catalogue's emoji", () => {
  it("each has a name and stands once", () => {
    expect(all.filter((each) => each.name === "" || /[a-z]/i.test(each.char))).toEqual([]);
    expect(new Set(all.map((each) => each.char)).size).toBe(all.length);
  });
});

describe("find", () => {
  it("by the beginning of any word", () => {
    expect(find(all, "thumb up").map((each) => each.char)).toEqual(["👍"]);
    expect(find(all, "PARC").map((each) => each.char)).toEqual(["📦"]);
    expect(find(all, "humb")).toEqual([]);
  });
});

describe("step", () => {
  const cases: [string, number, boolean, number][] = [
    ["ArrowRight", 0, false, 1],
    ["ArrowRight", 9, false, 9],
    ["ArrowRight", 1, true, 0],
    ["ArrowDown", 2, false, 6],
    ["ArrowDown", 8, false, 8],
    ["ArrowUp", 5, false, 1],
    ["End", 0, false, 9],
    ["a", 3, false, 3],
  ];
  for (const [key, at, rtl, want] of cases) {
    it(`${key} from ${at}${rtl ? ", right to left" : ""}`, () => expect(step(key, at, 10, 4, rtl)).toBe(want));
  }
});
