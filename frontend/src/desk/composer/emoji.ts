/** One emoji and the words that find it. */
export interface Emoji {
  char: string;
  name: string;
  words: string;
}

/** parse reads the catalogue's lists: "😀 grinning, happy" a line each; the first words are the name. */
export function parse(list: string): Emoji[] {
  return list
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const gap = line.indexOf(" ");
      const words = line.slice(gap + 1);
      return { char: line.slice(0, gap), name: words.split(",")[0] ?? words, words: words.toLowerCase() };
    });
}

/** find gives those of whose words some begin with each word of the query. */
export function find(all: readonly Emoji[], query: string): Emoji[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((each) => {
    const words = each.words.split(/[\s,]+/);
    return each.char === query.trim() || wanted.every((want) => words.some((word) => word.startsWith(want)));
  });
}

/** step moves through a grid of columns; it stays where there is nowhere to go. */
export function step(key: string, at: number, count: number, columns: number, rtl: boolean): number {
  const side = rtl ? -1 : 1;
  const to: Record<string, number> = {
    ArrowRight: at + side,
    ArrowLeft: at - side,
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    Home: 0,
    End: count - 1,
  };
  const next = to[key] ?? at;
  return next >= 0 && next < count ? next : at;
}
