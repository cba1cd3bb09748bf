import type { Interaction, Library, Response } from "../../bridge/types";

/** Values are what placeholders stand for; "" is unknown. */
export type Values = Record<string, string>;

/** values gives what the placeholders of canned responses stand for here. */
export function values(interaction: Interaction, agent: string, organisation: string): Values {
  // A contact without a name shows a handle or a number, which nobody is called.
  const name = interaction.contact === interaction.handle ? "" : interaction.contact;
  return {
    "contact.name": name,
    "contact.firstName": first(name),
    "agent.name": agent,
    "agent.firstName": first(agent),
    "queue.name": interaction.queueName,
    "organisation.name": organisation,
  };
}

function first(name: string): string {
  return name.trim().split(/\s+/)[0] ?? "";
}

/** fill puts values in place of placeholders; one without a value goes, with the comma or space before it. */
export function fill(text: string, known: Values): string {
  return text.replace(/([, ]*)\{\{\s*([^{}]*?)\s*\}\}/g, (_, gap: string, name: string) => {
    const value = known[name] ?? "";
    return value === "" ? "" : gap + value;
  });
}

/** Found is a canned response with the library it is from. */
export interface Found extends Response {
  library: string;
}

/**
 * find lists the responses for a queue that hold every word in name or text;
 * those whose name begins with the words come first, then the libraries' order.
 */
export function find(libraries: readonly Library[], queue: string, words: string): Found[] {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  const all = libraries
    .filter((each) => each.queues.length === 0 || each.queues.includes(queue))
    .flatMap((each) => each.responses.map((response) => ({ ...response, library: each.name })));
  if (wanted.length === 0) return all;
  const start = wanted.join(" ");
  const rank = (each: Found) => (fold(each.name).startsWith(start) ? 0 : holds(each.name, wanted) ? 1 : 2);
  return all.filter((each) => holds(`${each.name} ${each.text}`, wanted)).sort((a, b) => rank(a) - rank(b));
}

/** holds says whether a text has every word. */
export function holds(text: string, wanted: readonly string[]): boolean {
  const folded = fold(text);
  return wanted.every((word) => folded.includes(word));
}

/** fold takes case and diacritics away. */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/** slash is what was typed behind a "/" that begins a word, right before the caret; undefined if there is none. */
export function slash(text: string, caret: number): { from: number; words: string } | undefined {
  const found = /(?:^|\s)\/([^/\n]{0,40})$/.exec(text.slice(0, caret));
  if (!found) return undefined;
  const words = found[1] ?? "";
  if (words.startsWith(" ")) return undefined;
  return { from: caret - words.length - 1, words };
}
