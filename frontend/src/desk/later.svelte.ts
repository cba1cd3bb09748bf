import type * as All from "./parts";

export type Parts = typeof All;

/**
 * Later has the parts of the window that its first screen does without: menus,
 * dialogs and other pages. Their code is half of all there is. It comes right
 * after that screen, so that it is here before anybody can reach for it.
 */
class Later {
  #parts = $state.raw<Parts>();
  #coming: Promise<void> | undefined;

  /** The parts; undefined until they are here. */
  get parts(): Parts | undefined {
    return this.#parts;
  }

  /** load brings them, once. */
  load(): Promise<void> {
    this.#coming ??= import("./parts").then((parts) => {
      this.#parts = parts;
    });
    return this.#coming;
  }
}

export const later = new Later();
