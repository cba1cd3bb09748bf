import { brandFor } from "./colour";
import type { Config } from "./config";
import type { Texts } from "./i18n/en";
import { svg } from "./icons";
import sheet from "./styles/launcher.css?inline";
import { adopt } from "./styles/adopt";

const SURFACE = { light: "#fefdfc", dark: "#181e22" };

/** The host element, its shadow root and the round button. Everything visible lives inside. */
export class Launcher {
  readonly root: ShadowRoot;
  readonly frame: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #badge: HTMLElement;
  #unread = 0;

  constructor(
    private readonly config: Config,
    private readonly texts: Texts,
    theme: string | undefined,
    onPress: () => void,
  ) {
    const host = document.createElement("parley-messenger");
    this.root = host.attachShadow({ mode: "open" });
    adopt(this.root, sheet);
    this.frame = document.createElement("div");
    this.frame.className = "frame";
    this.#follow(theme);
    this.#place();
    this.#paint();

    this.#button = document.createElement("button");
    this.#button.type = "button";
    this.#button.className = "launcher";
    this.#button.append(svg("message"), svg("chevron"));
    this.#badge = document.createElement("span");
    this.#badge.className = "badge";
    this.#badge.hidden = true;
    this.#button.append(this.#badge);
    this.#button.hidden = config.launcher !== "On";
    this.#button.addEventListener("click", onPress);
    this.#label(false);
    this.frame.append(this.#button);
    this.root.append(this.frame);
    document.body.append(host);
  }

  /** The system's theme, unless the page has chosen one for itself. */
  #follow(theme: string | undefined): void {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const apply = (): void => {
      const chosen = theme === "light" || theme === "dark" ? theme : null;
      this.frame.dataset["theme"] = chosen ?? (system.matches ? "dark" : "light");
    };
    system.addEventListener("change", apply);
    apply();
  }

  #place(): void {
    const rtl = getComputedStyle(document.body).direction === "rtl";
    this.frame.dir = rtl ? "rtl" : "ltr";
    this.frame.lang = "en";
    const left = this.config.side === "left" || (this.config.side === "end" && rtl);
    this.frame.dataset["side"] = left ? "left" : "right";
    this.frame.style.setProperty("--side-space", `${this.config.sideSpace}px`);
    this.frame.style.setProperty("--bottom-space", `${this.config.bottomSpace}px`);
  }

  /** Both themes' colours are set at once; the style sheet chooses. Through CSSOM, so a strict content policy allows it. */
  #paint(): void {
    for (const theme of ["light", "dark"] as const) {
      const brand = brandFor(this.config.primaryColor, SURFACE[theme], theme === "dark");
      this.frame.style.setProperty(`--${theme}-brand`, brand.fill);
      this.frame.style.setProperty(`--${theme}-on-brand`, brand.onFill);
      this.frame.style.setProperty(`--${theme}-brand-ink`, brand.ink);
    }
  }

  #label(open: boolean): void {
    this.#button.setAttribute("aria-label", open ? this.texts.close : this.texts.launcher(this.#unread));
    this.#button.setAttribute("aria-expanded", String(open));
  }

  setUnread(count: number): void {
    this.#unread = count;
    this.#badge.hidden = count === 0;
    this.#badge.textContent = count > 99 ? "99+" : String(count);
    this.#label(this.frame.dataset["open"] === "true");
  }

  setOpen(open: boolean): void {
    this.frame.dataset["open"] = String(open);
    this.#label(open);
  }

  setBusy(busy: boolean): void {
    this.#button.setAttribute("aria-busy", String(busy));
  }

  setShown(shown: boolean): void {
    this.#button.hidden = !shown;
  }

  focus(): void {
    this.#button.focus({ preventScroll: true });
  }
}
