import type { Interaction } from "../../bridge/types";
import { arrange, enter, type Group, type Place, type Sort } from "./arrange";

/** How long the roster must be at rest before new cards enter, in milliseconds. */
export const rest = 600;
/** How long cards are deaf to clicks after one has entered above them, in milliseconds. */
export const deafness = 400;

export type Row =
  | { kind: "head"; key: string; group: Group; count: number }
  | {
      kind: "card";
      key: string;
      id: string;
      group: Group;
      interaction: Interaction;
      joined: boolean;
      /** It has left the desk; the place stays until nothing can be hit by mistake. */
      gone: boolean;
    };

type Hold = "pointer" | "focus";

/**
 * Roster decides where cards stand. While pointer or focus is inside, nothing
 * that stands there moves: cards change in place, newcomers enter after a rest,
 * and the order settles when both have left.
 */
export class Roster {
  #interactions: readonly Interaction[] = [];
  #places = $state.raw<readonly Place[]>([]);
  #known = $state.raw<ReadonlyMap<string, Interaction>>(new Map());
  #present = $state.raw<ReadonlySet<string>>(new Set());
  #sort = $state<Sort>("urgent");
  #holds = new Set<Hold>();
  #settleNext = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #deafUntil = 0;

  readonly rows = $derived.by(() => {
    const counts = new Map<Group, number>();
    for (const { id, group } of this.#places) {
      if (this.#present.has(id)) counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    const rows: Row[] = [];
    let last: Group | undefined;
    for (const { id, group, joined } of this.#places) {
      const interaction = this.#known.get(id);
      if (!interaction) continue;
      if (group !== last) rows.push({ kind: "head", key: `group:${group}`, group, count: counts.get(group) ?? 0 });
      last = group;
      rows.push({ kind: "card", key: id, id, group, interaction, joined, gone: !this.#present.has(id) });
    }
    return rows;
  });

  get sort(): Sort {
    return this.#sort;
  }
  /** Choosing an order is one's own act: it takes effect at once. */
  set sort(sort: Sort) {
    this.#sort = sort;
    this.#settle();
  }

  /** Whether a click may be meant for what stood there a moment ago. */
  get deaf(): boolean {
    return Date.now() < this.#deafUntil;
  }

  /** update takes the interactions as they are now. */
  update(interactions: readonly Interaction[]): void {
    this.#interactions = interactions;
    const known = new Map(interactions.map((each) => [each.id, each]));
    this.#present = new Set(known.keys());
    if (this.#holds.size === 0 || this.#settleNext) {
      this.#settleNext = false;
      this.#known = known;
      this.#settle();
      return;
    }
    for (const { id } of this.#places) {
      const old = this.#known.get(id);
      if (old && !known.has(id)) known.set(id, old);
    }
    this.#known = known;
    if (this.#waiting()) this.#timer ??= setTimeout(() => this.#enter(), rest);
  }

  /** hold says that pointer or focus has come in, release that it has left. */
  hold(by: Hold): void {
    this.#holds.add(by);
  }
  release(by: Hold): void {
    if (this.#holds.delete(by) && this.#holds.size === 0) this.#settle();
  }

  /** stir says that pointer or keys move inside: newcomers wait on. */
  stir(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#enter(), rest);
  }

  /** acted says that the next change is one's own doing, so that cards may move at once. */
  acted(): void {
    this.#settleNext = true;
  }

  #waiting(): boolean {
    const standing = new Set(this.#places.map((each) => each.id));
    return this.#interactions.some((each) => !standing.has(each.id));
  }

  #enter(): void {
    this.#timer = undefined;
    this.#places = enter(this.#places, arrange(this.#interactions, this.#sort));
    this.#deafUntil = Date.now() + deafness;
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#known = new Map(this.#interactions.map((each) => [each.id, each]));
    this.#places = arrange(this.#interactions, this.#sort);
  }
}
