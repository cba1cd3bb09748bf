import { expect, test } from "vitest";
import { TypeAhead } from "./typeahead";

const names = ["Aarav", "Chloé", "Élodie", "Chiara", "نور"];

test("letters typed together narrow, the same letter alone moves on, accents do not matter", () => {
  const ahead = new TypeAhead();
  expect(ahead.find("c", names, 0, 0)).toBe(1);
  expect(ahead.find("h", names, 1, 100)).toBe(1);
  expect(ahead.find("i", names, 1, 200)).toBe(3);
  expect(ahead.find("c", names, 3, 2000)).toBe(1);
  expect(ahead.find("e", names, 1, 4000)).toBe(2);
  expect(ahead.find("ن", names, 2, 6000)).toBe(4);
  expect(ahead.find("z", names, 0, 8000)).toBeUndefined();
  expect(ahead.find("a", [], 0, 9900)).toBeUndefined();
});
