import { products, type Product } from "./catalogue";

const KEY = "tarn-and-fell:basket";
const MAX = 9;

export interface Line {
  id: string;
  variant: string;
  count: number;
}

/** The basket lies in the browser only. What cannot be read counts as empty. */
export function readBasket(storage: Pick<Storage, "getItem">): Line[] {
  try {
    const lines: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
    if (!Array.isArray(lines)) return [];
    return lines.filter(
      (l: Partial<Line> | null): l is Line =>
        typeof l?.id === "string" &&
        typeof l.variant === "string" &&
        Number.isInteger(l.count) &&
        productOf(l.id) !== undefined,
    );
  } catch {
    return [];
  }
}

export function writeBasket(storage: Pick<Storage, "setItem">, lines: Line[]): void {
  storage.setItem(KEY, JSON.stringify(lines));
}

export const productOf = (id: string): Product | undefined => products.find((p) => p.id === id);

/** Changes the count of one line by a number; at 0 it leaves, and no line grows beyond nine. */
export function change(lines: Line[], id: string, variant: string, by: number): Line[] {
  const same = (l: Line): boolean => l.id === id && l.variant === variant;
  const known = lines.find(same);
  const count = Math.min(MAX, (known?.count ?? 0) + by);
  if (count <= 0) return lines.filter((l) => !same(l));
  return known === undefined ? [...lines, { id, variant, count }] : lines.map((l) => (same(l) ? { ...l, count } : l));
}

export const countOf = (lines: Line[]): number => lines.reduce((sum, l) => sum + l.count, 0);
export const sumOf = (lines: Line[]): number =>
  lines.reduce((sum, l) => sum + l.count * (productOf(l.id)?.price ?? 0), 0);
