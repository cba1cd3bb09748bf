/**
 * Adds a style sheet to a shadow root. A constructed sheet is not subject to the page's style-src; browsers without them
 * get a style element, which a strict policy would have to allow.
 */
export function adopt(root: ShadowRoot, css: string): void {
  if ("adoptedStyleSheets" in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return;
  }
  const style = document.createElement("style");
  style.textContent = css;
  (root as ShadowRoot).append(style);
}
