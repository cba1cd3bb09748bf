import { segments } from "./segments";

/** What a channel takes in one message; 0 = no limit. */
export interface Limits {
  /** UTF-8 bytes. */
  maxTextBytes: number;
  /** Unicode code points. */
  maxTextChars: number;
  /** Parts of SMS. */
  maxTextSegments: number;
}

/** Where a text stands against the tighter of its channel's limits. */
export interface Measure {
  unit: "characters" | "bytes" | "segments";
  used: number;
  max: number;
  /** Close enough that the count is worth showing. */
  near: boolean;
  over: boolean;
}

/** From this share of the limit on the count shows. */
const share = 0.8;

/** measure gives undefined where the channel has no limit. */
export function measure(text: string, limits: Limits): Measure | undefined {
  const found: Measure[] = [];
  if (limits.maxTextSegments > 0) found.push(parts(text, limits.maxTextSegments));
  if (limits.maxTextChars > 0) found.push(against("characters", codePoints(text), limits.maxTextChars));
  if (limits.maxTextBytes > 0) found.push(against("bytes", utf8(text), limits.maxTextBytes));
  return found.sort((a, b) => b.used / b.max - a.used / a.max)[0];
}

function against(unit: Measure["unit"], used: number, max: number): Measure {
  return { unit, used, max, near: used >= max * share, over: used > max };
}

/** Each part is billed: from the second on the count is worth showing. */
function parts(text: string, max: number): Measure {
  const found = against("segments", segments(text).segments, max);
  return { ...found, near: found.near || found.used > 1 };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** A lone half of a surrogate pair leaves as the three bytes of U+FFFD. */
function utf8(text: string): number {
  return new TextEncoder().encode(text).length;
}
