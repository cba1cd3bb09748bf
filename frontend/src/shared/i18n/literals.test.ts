import { parse, type AST } from "svelte/compiler";
import { expect, test } from "vitest";

/** Attributes whose value people read or hear. */
const spoken = new Set(["aria-label", "aria-description", "aria-valuetext", "alt", "title", "placeholder", "label"]);

/** literals gives the words that stand in a component's markup and not in the catalogue. */
function literals(source: string): string[] {
  const found: string[] = [];
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) {
      node.forEach(walk);
      return;
    }
    if (typeof node !== "object" || node === null) return;
    const each = node as AST.SvelteNode & Record<string, unknown>;
    if (each.type === "RegularElement" && (each as AST.RegularElement).name === "kbd") return; // key caps
    if (each.type === "StyleDirective" || each.type === "ClassDirective") return;
    if (each.type === "Text" && /\p{L}{2,}/u.test((each as AST.Text).data)) found.push((each as AST.Text).data.trim());
    if (each.type === "Attribute") {
      if (!spoken.has((each as AST.Attribute).name)) return;
      const value = (each as AST.Attribute).value;
      if (Array.isArray(value)) walk(value);
      return;
    }
    for (const [key, child] of Object.entries(each)) if (key !== "metadata" && key !== "expression") walk(child);
  };
  walk(parse(source, { modern: true }).fragment);
  return found;
}

test("the walk finds words and leaves names and keys alone", () => {
  expect(
    literals('<p class="big">Hello <kbd>Enter</kbd></p><img alt="A tent" src="tent" />{#if x}Bye{/if}{m.t("k")}'),
  ).toEqual(["Hello", "A tent", "Bye"]);
});

const components = import.meta.glob<string>(["../../{shared,desk}/**/*.svelte", "!**/testing/**"], {
  query: "?raw",
  import: "default",
  eager: true,
});

test.each(Object.entries(components))("%s takes its words from the catalogue", (_, source) => {
  expect(literals(source)).toEqual([]);
});
