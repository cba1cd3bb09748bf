import { en } from "./en";

/** A message is a text, or one text per plural category of its parameter n. */
export type Message = string | { one: string; other: string };
export type Catalogue = typeof en;
export type Key = keyof Catalogue;

/** The names in braces of a text: "{n} of {m}" has n and m. */
type Names<S> = S extends `${string}{${infer N}}${infer Rest}` ? N | Names<Rest> : never;
type Texts<M> = M extends string ? M : M extends { one: infer A; other: infer B } ? A | B : never;
type Params<K extends Key> = Record<Names<Texts<Catalogue[K]>>, string | number>;
/** What t takes after a key: nothing where its text has no names. */
type Rest<K extends Key> = [keyof Params<K>] extends [never] ? [] : [Params<K>];

/** PlainKey is the key of a text without names. */
export type PlainKey = { [K in Key]: [keyof Params<K>] extends [never] ? K : never }[Key];

const catalogues: Record<string, Catalogue> = { en };

/**
 * Messages is the catalogue of one language with the formats that go with it.
 * Times are Unix milliseconds, lengths of time milliseconds.
 */
export class Messages {
  readonly language: string;
  readonly #texts: Catalogue;
  // Made when first wanted: the system takes its time over each.
  readonly #plural: () => Intl.PluralRules;
  readonly #clock: () => Intl.DateTimeFormat;
  readonly #clockWithSeconds: () => Intl.DateTimeFormat;
  readonly #day: () => Intl.DateTimeFormat;
  readonly #dayOfYear: () => Intl.DateTimeFormat;
  readonly #weekday: () => Intl.DateTimeFormat;
  readonly #number: () => Intl.NumberFormat;
  readonly #bytes: () => Intl.NumberFormat;
  readonly #relative: () => Intl.RelativeTimeFormat;

  /** language is a BCP 47 tag; "" and what has no catalogue give English. */
  constructor(language = "") {
    const base = language.split("-")[0] ?? "";
    const own = base in catalogues ? language : "en";
    this.language = own;
    this.#texts = catalogues[base] ?? en;
    // Dates and digits follow the system where the language is left to it.
    const formats = language === "" ? undefined : own;
    const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    const date = (tag: string | undefined, options: Intl.DateTimeFormatOptions) =>
      once(() => new Intl.DateTimeFormat(tag, options));
    this.#plural = once(() => new Intl.PluralRules(own));
    this.#clock = date(formats, time);
    this.#clockWithSeconds = date(formats, { timeStyle: "medium", hourCycle: "h23" });
    this.#day = date(own, { weekday: "long", day: "numeric", month: "long" });
    this.#weekday = date(formats, { weekday: "short", ...time });
    this.#dayOfYear = date(own, { day: "numeric", month: "long", year: "numeric" });
    this.#number = once(() => new Intl.NumberFormat(own));
    this.#bytes = once(() => new Intl.NumberFormat(own, { maximumFractionDigits: 1 }));
    this.#relative = once(() => new Intl.RelativeTimeFormat(own, { numeric: "auto" }));
  }

  /** t gives the text of a key with its names filled in; n chooses the plural. */
  t<K extends Key>(key: K, ...rest: Rest<K>): string {
    const params = (rest[0] ?? {}) as Record<string, string | number>;
    const message: Message = this.#texts[key];
    const text =
      typeof message === "string"
        ? message
        : this.#plural().select(Number(params["n"])) === "one"
          ? message.one
          : message.other;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = params[name];
      return value === undefined ? whole : typeof value === "number" ? this.#number().format(value) : value;
    });
  }

  /** clock is a time of day: 09:17. */
  clock(ms: number): string {
    return this.#clock().format(ms);
  }

  /** clockWithSeconds is a time of day: 09:17:31. */
  clockWithSeconds(ms: number): string {
    return this.#clockWithSeconds().format(ms);
  }

  /** day names a day as seen from now: today, yesterday, Monday 2 November, 2 November 2025. */
  day(ms: number, now: number): string {
    const days = Math.round((startOfDay(ms) - startOfDay(now)) / 86_400_000);
    if (days === 0 || days === -1) {
      const word = this.#relative().format(days, "day");
      return word.charAt(0).toLocaleUpperCase(this.language) + word.slice(1);
    }
    return (days > -180 && days < 0 ? this.#day() : this.#dayOfYear()).format(ms);
  }

  /** moment is a time soon to come: 18:58 today, Fri 09:00 within a week, else the day. */
  moment(ms: number, now: number): string {
    const days = Math.round((startOfDay(ms) - startOfDay(now)) / 86_400_000);
    if (days === 0) return this.clock(ms);
    return (days > 0 && days < 7 ? this.#weekday() : this.#dayOfYear()).format(ms);
  }

  /** timer is a running length of time in digits that do not jitter: 0:07, 12:40, 1:02:09. */
  timer(ms: number): string {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const two = (n: number) => String(n).padStart(2, "0");
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
    return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
  }

  /** lasting is a length of time in words, one unit: 40 s, 4 min, 3 h, 2 d. */
  lasting(ms: number): string {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 60) return this.t("time.seconds", { n: seconds });
    if (seconds < 3600) return this.t("time.minutes", { n: Math.floor(seconds / 60) });
    if (seconds < 86_400) return this.t("time.hours", { n: Math.floor(seconds / 3600) });
    return this.t("time.days", { n: Math.floor(seconds / 86_400) });
  }

  number(n: number): string {
    return this.#number().format(n);
  }

  /** bytes is a file's size: 312 B, 48 KB, 1.4 MB. */
  bytes(n: number): string {
    if (n < 1000) return `${n} B`;
    if (n < 1_000_000) return `${this.#bytes().format(Math.round(n / 1000))} KB`;
    return `${this.#bytes().format(n / 1_000_000)} MB`;
  }
}

/** once gives what make makes, made at the first call. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function startOfDay(ms: number): number {
  const day = new Date(ms);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}
