import "./shop.css";
import "./pages.css";
import { change, countOf, productOf, readBasket, sumOf, writeBasket, type Line } from "./basket";

type Messenger = ((...call: unknown[]) => void) & { q?: unknown[][] };
declare global {
  interface Window {
    Parley?: Messenger;
  }
}

// The messenger loads when it likes; until then its calls wait here.
const waiting: unknown[][] = [];
window.Parley ??= Object.assign((...call: unknown[]) => void waiting.push(call), { q: waiting });

let lines: Line[] = readBasket(localStorage);

function update(next: Line[]): void {
  lines = next;
  writeBasket(localStorage, lines);
  show();
}

function show(): void {
  for (const element of document.querySelectorAll("[data-basket-count]")) element.textContent = String(countOf(lines));
  for (const element of document.querySelectorAll("[data-basket-sum]")) element.textContent = `€ ${sumOf(lines)}`;
  const list = document.querySelector("[data-basket-lines]");
  if (list === null) return;
  document.querySelector("[data-basket-empty]")?.toggleAttribute("hidden", lines.length > 0);
  document.querySelector("[data-basket-full]")?.toggleAttribute("hidden", lines.length === 0);
  list.replaceChildren(...lines.map(lineElement));
}

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function step(line: Line, by: number, sign: string, label: string): HTMLButtonElement {
  const button = element("button", "step", sign);
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => {
    update(change(lines, line.id, line.variant, by));
    // The row is drawn anew; focus goes back to the same button, or to the list when the row has left.
    const again = document.querySelector<HTMLElement>(`[aria-label="${CSS.escape(label)}"]`);
    (again ?? document.querySelector<HTMLElement>("h1"))?.focus();
  });
  return button;
}

function lineElement(line: Line): HTMLElement {
  const product = productOf(line.id);
  const row = element("li", "line");
  if (product === undefined) return row;
  const words = element("div", "line-words");
  const link = element("a", "", product.name);
  link.href = `/shop/products/${product.id}/`;
  words.append(link, element("span", "sub", line.variant || product.kind));
  const count = element("span", "count", String(line.count));
  const named = [product.name, line.variant].filter((w) => w !== "").join(" ");
  row.append(
    words,
    step(line, -1, "−", `One ${named} less`),
    count,
    step(line, 1, "+", `One ${named} more`),
    element("b", "", `€ ${product.price * line.count}`),
  );
  return row;
}

/** Says what is missing in the browser's words beside the form, and puts the focus there. */
function check(form: HTMLFormElement): boolean {
  const bad = [...form.elements].find(
    (e): e is HTMLInputElement =>
      (e instanceof HTMLInputElement || e instanceof HTMLTextAreaElement) && !e.checkValidity(),
  );
  if (bad === undefined) return true;
  const label = bad.closest("label")?.querySelector("span")?.textContent ?? "";
  say(form, bad.validity.valueMissing ? `Please fill in: ${label}.` : `Please check: ${label}.`);
  bad.focus();
  return false;
}

function say(form: HTMLFormElement, words: string): void {
  const place = form.querySelector(".said");
  if (place !== null) place.textContent = words;
}

function onSubmit(selector: string, act: (form: HTMLFormElement) => void): void {
  for (const form of document.querySelectorAll<HTMLFormElement>(selector))
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      act(form);
    });
}

onSubmit("[data-add]", (form) => {
  const variant = new FormData(form).get("variant");
  update(change(lines, form.dataset["add"] ?? "", typeof variant === "string" ? variant : "", 1));
  say(form, "It is in the basket.");
});
onSubmit("[data-checkout]", (form) => {
  if (lines.length === 0) return say(form, "The basket is empty.");
  if (!check(form)) return;
  form.reset();
  update([]);
  say(form, "Thank you. This is a demonstration: nothing was ordered or sent.");
});
onSubmit("[data-repair]", (form) => {
  if (!check(form)) return;
  form.reset();
  say(form, "Thank you. This is a demonstration: no label is on its way.");
});
for (const button of document.querySelectorAll("[data-chat]"))
  button.addEventListener("click", () => window.Parley?.("command", "Messenger.open"));
addEventListener("storage", () => {
  lines = readBasket(localStorage);
  show();
});
for (const title of document.querySelectorAll("h1")) title.tabIndex = -1;
show();
