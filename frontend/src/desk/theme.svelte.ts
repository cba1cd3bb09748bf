import { MediaQuery } from "svelte/reactivity";
import type { Settings } from "../bridge/types";

/** Theme turns the settings into what the root element says of itself. */
export class Theme {
  #dark = new MediaQuery("(prefers-color-scheme: dark)");
  #contrast = new MediaQuery("(prefers-contrast: more)");

  /** name is the theme to show: the agent's choice, or what the system asks for. */
  name(choice: string | undefined): string {
    if (choice && choice !== "system") return choice;
    const tone = this.#dark.current ? "dark" : "light";
    return this.#contrast.current ? `contrast-${tone}` : tone;
  }

  /** apply sets theme, density and text size on the root element. */
  apply(settings: Settings | undefined, root: HTMLElement): void {
    root.dataset["theme"] = this.name(settings?.theme);
    root.dataset["density"] = settings?.density ?? "default";
    root.style.fontSize = settings && settings.textSize !== 100 ? `${settings.textSize}%` : "";
  }
}
