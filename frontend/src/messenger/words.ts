/** A run of text, or an address that may be followed. */
export interface Word {
  text: string;
  href: string | null;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/gi;
const TRAILING = /[.,;:!?'"»”]+$/;

/** Splits text at http and https addresses. Everything stays text: the caller makes nodes, never markup. */
export function splitLinks(text: string): Word[] {
  const words: Word[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    let address = match[0].replace(TRAILING, "");
    // A closing bracket belongs to the address only if it opened there.
    while (/[)\]]$/.test(address) && count(address, /[([]/g) < count(address, /[)\]]/g)) address = address.slice(0, -1);
    if (!URL.canParse(address)) continue;
    if (match.index > end) words.push({ text: text.slice(end, match.index), href: null });
    words.push({ text: address, href: new URL(address).href });
    end = match.index + address.length;
  }
  if (end < text.length) words.push({ text: text.slice(end), href: null });
  return words;
}

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;

const UNITS = ["B", "KB", "MB", "GB"];

/** 312 KB, 1.4 MB. */
export function fileSize(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < UNITS.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${size >= 10 || unit === 0 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit] ?? ""}`;
}

const DAY_MS = 86_400_000;
const dayStart = (time: number): number => new Date(time).setHours(0, 0, 0, 0);

export interface Clock {
  /** "Today, 09:23", "Yesterday, 18:02", "12 November, 09:23". */
  day: (time: number, now: number) => string;
  time: (time: number) => string;
}

export function clockFor(locale: string, today: string, yesterday: string): Clock {
  const hours = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
  const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long" });
  const full = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
  const name = (time: number, now: number): string => {
    // Rounding: a day with a clock change has 23 or 25 hours.
    const ago = Math.round((dayStart(now) - dayStart(time)) / DAY_MS);
    if (ago === 0) return today;
    if (ago === 1) return yesterday;
    return (ago < 300 ? date : full).format(time);
  };
  return { day: (time, now) => `${name(time, now)}, ${hours.format(time)}`, time: (time) => hours.format(time) };
}
