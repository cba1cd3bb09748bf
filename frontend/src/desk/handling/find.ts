import type { TargetAgent, TargetQueue, Targets } from "../../bridge/types";

/** Target is one place an interaction may go to. */
export type Target = ({ kind: "queue" } & TargetQueue) | ({ kind: "agent" } & TargetAgent);

/** key tells targets apart. */
export const key = (target: Target): string => `${target.kind}/${target.id}`;

const available = ["idle", "interacting"];

/** free says whether a colleague takes interactions now. */
export const free = (agent: TargetAgent): boolean => available.includes(agent.routing);

/**
 * find lists the targets whose name holds every word: queues first, then
 * colleagues who take interactions, least busy first, then the others. Where the
 * interaction is, and who has it, is left out.
 */
export function find(targets: Targets, words: string, queue: string, me: string): Target[] {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  const holds = (name: string) => wanted.every((word) => fold(name).includes(word));
  const queues = targets.queues.filter((each) => each.id !== queue && holds(each.name));
  const agents = targets.agents
    .filter((each) => each.id !== me && holds(each.name))
    .sort((a, b) => Number(free(b)) - Number(free(a)) || a.held - b.held || a.name.localeCompare(b.name));
  return [
    ...queues.map((each) => ({ kind: "queue" as const, ...each })),
    ...agents.map((each) => ({ kind: "agent" as const, ...each })),
  ];
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
