import { SvelteMap } from "svelte/reactivity";
import type { Bridge } from "../../bridge/bridge";
import type { Channel } from "../../bridge/types";
import type { Messages } from "../../shared/i18n";
import { plainName } from "../conversation/linkify";
import { base64, refusal } from "./attach";

/** A file on its way from the window to the core. */
export interface Adding {
  key: number;
  name: string;
  size: number;
  /** From 0 to 1. */
  share: number;
}

/** Attaching takes files that were chosen, dropped or pasted into one conversation. */
export class Attaching {
  readonly #conversation: string;
  readonly #bridge: Bridge;
  readonly #messages: Messages;
  readonly #channel: () => Channel | undefined;
  #adding = new SvelteMap<number, Adding>();
  #refused = $state.raw<readonly string[]>([]);
  #count = 0;

  constructor(conversation: string, bridge: Bridge, messages: Messages, channel: () => Channel | undefined) {
    this.#conversation = conversation;
    this.#bridge = bridge;
    this.#messages = messages;
    this.#channel = channel;
  }

  /** What is on its way. */
  get adding(): Adding[] {
    return [...this.#adding.values()];
  }

  /** Why files were not attached, a line each. */
  get refused(): readonly string[] {
    return this.#refused;
  }

  /** Whether this channel takes any files. */
  get takes(): boolean {
    return (this.#channel()?.fileTypes.length ?? 0) > 0;
  }

  /** choose lets the person pick files in the system's dialog. */
  async choose(): Promise<void> {
    this.#refused = [];
    try {
      await this.#bridge.interactions.chooseFiles(this.#conversation);
    } catch (cause) {
      this.#refused = [cause instanceof Error ? cause.message : String(cause)];
    }
  }

  /** add takes files one after the other, or says why it does not. */
  async add(files: readonly File[]): Promise<void> {
    this.#refused = [];
    const channel = this.#channel();
    if (!channel) return;
    for (const file of files) {
      const why = refusal(file, channel, this.#messages);
      if (why === "") await this.#hand(file);
      else this.#refuse(why);
    }
  }

  dismiss(): void {
    this.#refused = [];
  }

  async #hand(file: File): Promise<void> {
    const key = ++this.#count;
    const name = plainName(file.name) || this.#messages.t("composer.file.pasted");
    this.#adding.set(key, { key, name, size: file.size, share: 0 });
    let content: string;
    try {
      content = await base64(file, (share) => this.#adding.set(key, { key, name, size: file.size, share }));
    } catch {
      this.#adding.delete(key);
      this.#refuse(this.#messages.t("composer.file.unread", { name }));
      return;
    }
    try {
      const mime = file.type || "application/octet-stream";
      await this.#bridge.interactions.addFile(this.#conversation, name, mime, content);
    } catch (cause) {
      this.#refuse(cause instanceof Error ? cause.message : String(cause));
    } finally {
      this.#adding.delete(key);
    }
  }

  #refuse(words: string): void {
    this.#refused = [...this.#refused, words];
  }
}
