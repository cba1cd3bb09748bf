/** Line icons on a 24 unit grid, from Lucide (ISC). */
const PATHS = {
  message:
    "M22 17a2 2 0 0 1-2 2H6.828a2 2 0 0 0-1.414.586l-2.202 2.202A.71.71 0 0 1 2 21.286V5a2 2 0 0 1 2-2h16a2 2 0 0 1 2 2zM7 11h10M7 15h6M7 7h8",
  chevron: "m6 9 6 6 6-6",
} as const;

/** An icon as an element; decoration, so hidden from screen readers. */
export function svg(name: keyof typeof PATHS): SVGSVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  element.setAttribute("viewBox", "0 0 24 24");
  element.setAttribute("class", `icon ${name}`);
  element.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  element.append(path);
  return element;
}
