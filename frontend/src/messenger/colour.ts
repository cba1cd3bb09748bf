type Rgb = readonly [number, number, number];

const parse = (hex: string): Rgb => {
  const n = Number.parseInt(hex.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
};
const print = (rgb: Rgb): string => `#${rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}`;
const mix = (a: Rgb, b: Rgb, part: number): Rgb => [
  a[0] + (b[0] - a[0]) * part,
  a[1] + (b[1] - a[1]) * part,
  a[2] + (b[2] - a[2]) * part,
];

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG contrast of two #rrggbb colours, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [high, low] = [luminance(parse(a)), luminance(parse(b))].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const WHITE = "#ffffff";
const INK = "#101714";

/** White or ink, whichever reads better; white when both read well. */
export const foregroundFor = (colour: string): string =>
  contrast(colour, WHITE) >= 4.5 || contrast(colour, WHITE) >= contrast(colour, INK) ? WHITE : INK;

/** Moves the colour towards another until it stands out enough from the surface. */
function until(colour: string, towards: string, surface: string, ratio: number): string {
  const [from, to] = [parse(colour), parse(towards)];
  for (let part = 0; part <= 1; part += 0.04) {
    const candidate = print(mix(from, to, part));
    if (contrast(candidate, surface) >= ratio) return candidate;
  }
  return towards;
}

export interface Brand {
  /** Fills: launcher, own messages, send. */
  fill: string;
  onFill: string;
  /** The company's colour as text on the surface. */
  ink: string;
}

/** Fills keep 2.6:1 to the surface, so that a bubble has an edge; text on them keeps 4.5:1, and ink
 * 5.5:1, so that it reads on the strip too. */
export function brandFor(primary: string, surface: string, dark: boolean): Brand {
  const away = dark ? WHITE : INK;
  let fill = until(primary, away, surface, 2.6);
  const onFill = foregroundFor(fill);
  // A mid tone can leave both foregrounds short of 4.5: move it away from the better one.
  fill = until(fill, onFill === WHITE ? INK : WHITE, onFill, 4.5);
  return { fill, onFill, ink: until(primary, away, surface, 5.5) };
}
