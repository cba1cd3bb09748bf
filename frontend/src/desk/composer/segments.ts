/** What a text takes as SMS: the twin of Go's `segment.Count`. */
export interface Segments {
  encoding: "GSM-7" | "UCS-2";
  /** Places taken: septets in GSM-7, 16-bit halves in UCS-2. */
  units: number;
  /** Parts that are sent and billed; 0 for an empty text. */
  segments: number;
  /** Places that the last part has free. */
  left: number;
}

/** One place each; 3GPP TS 23.038, section 6.2.1. */
const basic = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);

/** Two places each: an escape before it. */
const extended = new Set("\f^{}\\[~]|€");

/**
 * segments counts text exactly as the hub does: both read the same vectors. In
 * parts neither an escape nor a surrogate pair is split.
 */
export function segments(text: string): Segments {
  const characters = [...text];
  const gsm = characters.every((c) => basic.has(c) || extended.has(c));
  const [single, part] = gsm ? [160, 153] : [70, 67];
  let units = 0;
  let parts = 0;
  let used = part;
  for (const c of characters) {
    // In UCS-2 a surrogate pair has length 2, whatever else has 1.
    const places = gsm ? (extended.has(c) ? 2 : 1) : c.length;
    units += places;
    if (used + places > part) {
      parts++;
      used = 0;
    }
    used += places;
  }
  const encoding = gsm ? "GSM-7" : "UCS-2";
  if (units === 0) return { encoding, units, segments: 0, left: single };
  if (units <= single) return { encoding, units, segments: 1, left: single - units };
  return { encoding, units, segments: parts, left: part - used };
}
