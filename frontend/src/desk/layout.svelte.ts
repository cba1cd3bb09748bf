/** The width of a pane in CSS pixels: its least, its most and what it begins with. */
export const panes = {
  roster: { least: 232, most: 460, usual: 312 },
  panel: { least: 248, most: 480, usual: 316 },
} as const;
export type Pane = keyof typeof panes;
export type Page = "desk" | "board" | "settings";

interface Kept {
  roster: number;
  panel: number;
  panelOpen: boolean;
}

const place = "parley.layout";

/** Layout is how the window is divided. Widths and the panel's place are remembered. */
export class Layout {
  #roster = $state<number>(panes.roster.usual);
  #panel = $state<number>(panes.panel.usual);
  #panelOpen = $state(true);
  #overlayOpen = $state(false);
  #windowWidth = $state(1440);
  /** Which screen stands right of the roster. */
  #page = $state<Page>("desk");
  readonly #storage: Storage | undefined;

  constructor(storage: Storage | undefined) {
    this.#storage = storage;
    const kept = read(storage);
    if (!kept) return;
    this.#roster = within("roster", kept.roster);
    this.#panel = within("panel", kept.panel);
    this.#panelOpen = kept.panelOpen;
  }

  /** Below 1200 the panel is an overlay, and tabs beyond four fold. */
  get small(): boolean {
    return this.#windowWidth < 1200;
  }
  /** Below 900 the roster is a strip of icons. */
  get strip(): boolean {
    return this.#windowWidth < 900;
  }
  get page(): Page {
    return this.#page;
  }
  /** Whether the contact panel is on show, beside the conversation or over it. */
  get panelShown(): boolean {
    return this.#page === "desk" && (this.small ? this.#overlayOpen : this.#panelOpen);
  }
  get rosterWidth(): number {
    if (this.strip) return 60;
    return this.small ? Math.min(this.#roster, 276) : this.#roster;
  }
  get panelWidth(): number {
    return this.#panel;
  }

  resized(windowWidth: number): void {
    this.#windowWidth = windowWidth;
  }
  show(page: Page): void {
    this.#page = page;
  }
  togglePanel(): void {
    if (this.small) {
      this.#overlayOpen = !this.#overlayOpen;
      return;
    }
    this.#panelOpen = !this.#panelOpen;
    this.#keep();
  }
  closeOverlay(): void {
    this.#overlayOpen = false;
  }
  width(pane: Pane): number {
    return pane === "roster" ? this.rosterWidth : this.#panel;
  }
  /** setWidth sets a pane's width in CSS pixels, within its bounds. */
  setWidth(pane: Pane, width: number): void {
    if (pane === "roster") this.#roster = within(pane, width);
    else this.#panel = within(pane, width);
    this.#keep();
  }

  #keep(): void {
    const kept: Kept = { roster: this.#roster, panel: this.#panel, panelOpen: this.#panelOpen };
    this.#storage?.setItem(place, JSON.stringify(kept));
  }
}

function within(pane: Pane, width: number): number {
  const { least, most, usual } = panes[pane];
  return Number.isFinite(width) ? Math.round(Math.min(most, Math.max(least, width))) : usual;
}

function read(storage: Storage | undefined): Kept | undefined {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(place) ?? "null");
    if (typeof kept !== "object" || kept === null) return undefined;
    const { roster, panel, panelOpen } = kept as Partial<Kept>;
    return { roster: Number(roster), panel: Number(panel), panelOpen: panelOpen !== false };
  } catch {
    return undefined; // what stands there is not ours: begin as usual
  }
}
