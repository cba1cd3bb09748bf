/** Part of a message: words as they stand, or an address that may be opened. */
export type Segment =
  | { kind: "text"; text: string }
  | {
      kind: "link";
      text: string;
      /** Where it really goes: http, https or mailto, in ASCII. */
      href: string;
      /** The host in ASCII, where it is not what the text shows. "" where it is. */
      host: string;
    };

/** Longer addresses stay text: nobody reads them, and they cost time. */
const maxLength = 2048;

// A link may begin here. Local parts of e-mail addresses are bounded (RFC 5321:
// 64), so that a long run of letters costs linear time.
const start = /https?:\/\/|www\.|[a-z0-9][\w.+-]{0,63}@(?=[\p{L}\p{N}])/giu;

// What an address never holds: spaces, controls and formatting marks (among them
// those that turn the direction of text), quotes, angle brackets, backslash,
// CJK punctuation and full-width twins of ASCII.
const foreign = /[\s\p{C}\p{Z}<>"\\^`{|}\u3000-\u303f\uff00-\uff65«»“”„‘]/u;

const trailing = /[.,;:!?'’*_~…·،؛؟।]$/u;
const closing: Readonly<Record<string, string>> = { ")": "(", "]": "[" };
const mail = /^[a-z0-9][\w.+-]*@(?:[\p{L}\p{N}-]{1,63}\.)+[\p{L}\p{N}-]{2,63}$/iu;
const hostname = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/;
// Only ASCII letters: Chinese and Japanese write without spaces.
const wordBefore = /[a-z0-9_@/:.+-]$/i;
const nextLink = /[,;](?=https?:\/\/)/i;

/**
 * linkify splits a message at its addresses. Joined again, the segments' texts
 * are the message. Only http, https and mailto become links, whatever the
 * message says.
 */
export function linkify(message: string): Segment[] {
  const segments: Segment[] = [];
  let done = 0;
  start.lastIndex = 0;
  for (let found = start.exec(message); found; found = start.exec(message)) {
    const at = found.index;
    if (wordBefore.test(message.slice(Math.max(0, at - 2), at))) continue;
    const raw = trim(run(message, at));
    const link = raw.length <= maxLength ? parse(raw) : undefined;
    if (!link) continue;
    if (at > done) segments.push({ kind: "text", text: message.slice(done, at) });
    segments.push(link);
    done = at + raw.length;
    start.lastIndex = done;
  }
  if (done < message.length) segments.push({ kind: "text", text: message.slice(done) });
  return segments;
}

/** run is the address that begins at at, with what may hang on its end. */
function run(message: string, at: number): string {
  let end = at;
  for (const char of message.slice(at, at + maxLength + 1)) {
    if (foreign.test(char)) break;
    end += char.length;
  }
  const raw = message.slice(at, end);
  const next = raw.search(nextLink);
  return next < 0 ? raw : raw.slice(0, next);
}

/** trim leaves out the sentence's own marks and brackets that were opened before. */
function trim(raw: string): string {
  let text = raw;
  for (;;) {
    const last = text.at(-1);
    if (last === undefined) return text;
    const opening = closing[last];
    const unmatched = opening !== undefined && count(text, last) > count(text, opening);
    if (!unmatched && !trailing.test(text)) return text;
    text = text.slice(0, -1);
  }
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}

function parse(raw: string): Segment | undefined {
  if (/^https?:\/\//i.test(raw)) return web(raw, raw);
  if (/^www\./i.test(raw)) return web(raw, `https://${raw}`);
  if (!mail.test(raw)) return undefined;
  const at = raw.indexOf("@");
  const host = hostOf(`https://${raw.slice(at + 1)}/`);
  if (host === undefined) return undefined;
  return { kind: "link", text: raw, href: `mailto:${raw.slice(0, at)}@${host}`, host: shown(raw.slice(at + 1), host) };
}

function web(text: string, address: string): Segment | undefined {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return undefined;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  if (!hostname.test(url.hostname)) return undefined;
  // A single name without a dot is nothing a customer means, except on this machine.
  if (!url.hostname.includes(".") && !url.hostname.startsWith("[") && url.hostname !== "localhost") return undefined;
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(address)?.[1] ?? "";
  return { kind: "link", text, href: url.href, host: shown(authority, url.host) };
}

/** shown gives the real host where the text's own is another: names in foreign
 *  letters, user:password@ before the host, numbers in odd notations. */
function shown(written: string, real: string): string {
  return written.toLowerCase().replace(/:(80|443)$/, "") === real.replace(/:(80|443)$/, "") ? "" : real;
}

function hostOf(address: string): string | undefined {
  try {
    return new URL(address).hostname;
  } catch {
    return undefined;
  }
}

// Marks that turn the direction of what follows, and those that show nothing.
const tricks = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** plainName shows a file's name as its bytes stand: "photo‮gnp.exe" must not
 *  read as a picture. */
export function plainName(name: string): string {
  return name.replace(tricks, "");
}

const emoji = /^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\s)+$/u;
const pictured = /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3/u;

/** emojiOnly: the message is one to three emoji and nothing else. */
export function emojiOnly(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed.length === 0 || trimmed.length > 48 || !emoji.test(trimmed)) return false;
  const parts = [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(trimmed)]
    .map((part) => part.segment)
    .filter((part) => part.trim() !== "");
  return parts.length <= 3 && parts.every((part) => pictured.test(part));
}
