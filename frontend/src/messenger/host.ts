import type { Bus } from "./bus";
import type { Config } from "./config";
import type { Texts } from "./i18n/en";
import type { Store, TabStore } from "./store";

/** What the loader hands to the chat when it loads it. */
export interface Host {
  /** Address of the hub, without trailing slash. */
  base: string;
  deploymentId: string;
  config: Config;
  texts: Texts;
  store: Store;
  tab: TabStore;
  bus: Bus;
  /** The shadow root with styles and launcher. */
  root: ShadowRoot;
  /** Element inside the shadow root that carries theme, direction and phone attributes. */
  frame: HTMLElement;
  attributes: () => Record<string, string>;
  setUnread: (count: number) => void;
  setOpen: (open: boolean) => void;
  focusLauncher: () => void;
}

/** What the chat gives back. */
export interface Chat {
  /** focus: whether the person asked for it just now, so that focus may move. */
  open: (focus: boolean) => void;
  close: () => void;
  command: (name: string, data: unknown) => Promise<unknown>;
}

export type StartChat = (host: Host) => Chat;
