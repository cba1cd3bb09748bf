import type { Interaction } from "../../bridge/types";

export const groups = ["alerting", "needs_reply", "waiting_for_contact", "acw", "parked", "earlier"] as const;
export type Group = (typeof groups)[number];
export const sorts = ["urgent", "newest", "waiting"] as const;
export type Sort = (typeof sorts)[number];

/** Place is where a card stands; joined: it belongs to the contact of the card above. */
export interface Place {
  readonly id: string;
  readonly group: Group;
  readonly joined: boolean;
}

function groupOf(each: Interaction): Group {
  return groups.find((group) => group === each.group) ?? "earlier";
}

const orders: Record<Sort, ((a: Interaction, b: Interaction) => number) | undefined> = {
  urgent: undefined, // as the hub and the core have it
  newest: (a, b) => b.lastMs - a.lastMs,
  waiting: (a, b) => (a.waitMs || Infinity) - (b.waitMs || Infinity) || a.lastMs - b.lastMs,
};

/**
 * arrange gives every interaction its place: by group, in the order of sort, and
 * the conversations of one contact under the first of them. What rings, what is
 * wrapped up and what is over stands alone.
 */
export function arrange(interactions: readonly Interaction[], sort: Sort): Place[] {
  const compare = orders[sort];
  const sorted = compare ? [...interactions].sort(compare) : interactions;
  const talking = (each: Interaction) => each.status === "connected";
  const taken = new Set<string>();
  const places: Place[] = [];
  for (const group of groups) {
    for (const each of sorted) {
      if (groupOf(each) !== group || taken.has(each.id)) continue;
      taken.add(each.id);
      places.push({ id: each.id, group, joined: false });
      if (!talking(each)) continue;
      for (const other of sorted) {
        if (taken.has(other.id) || !talking(other) || other.contactId !== each.contactId) continue;
        taken.add(other.id);
        places.push({ id: other.id, group, joined: true });
      }
    }
  }
  return places;
}

/**
 * enter puts newcomers into places that may not move: each where arrange would
 * put it, behind the nearest one before it that stands there already.
 */
export function enter(places: readonly Place[], wanted: readonly Place[]): Place[] {
  const standing = new Set(places.map((each) => each.id));
  const result = [...places];
  wanted.forEach((place, i) => {
    if (standing.has(place.id)) return;
    let before = i - 1;
    while (before >= 0 && wanted[before]?.group === place.group && !standing.has(wanted[before]?.id ?? "")) before--;
    const neighbour = wanted[before];
    const sameGroup = neighbour?.group === place.group ? result.findIndex((each) => each.id === neighbour.id) : -1;
    const inGroup = sameGroup >= 0 && result[sameGroup]?.group === place.group;
    const at = inGroup ? sameGroup + 1 : startOf(result, place.group);
    // A newcomer never parts a contact's cards.
    let open = at;
    while (!place.joined && result[open]?.joined) open++;
    result.splice(open, 0, { ...place, joined: place.joined && inGroup });
    standing.add(place.id);
  });
  return result;
}

function startOf(places: readonly Place[], group: Group): number {
  const rank = groups.indexOf(group);
  const at = places.findIndex((each) => groups.indexOf(each.group) >= rank);
  return at < 0 ? places.length : at;
}
