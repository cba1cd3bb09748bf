import type { Interaction } from "../bridge/types";
import type { Messages } from "../shared/i18n";

export interface Announcement {
  /** At once; "" if nothing cannot wait. */
  assertive: string;
  /** When there is time. */
  polite: string;
}

/**
 * announce puts into words what has happened between two rosters: what rings or
 * was answered for the agent at once, what was written elsewhere politely. The
 * conversation on show speaks for itself.
 */
export function announce(
  before: ReadonlyMap<string, Interaction>,
  after: readonly Interaction[],
  active: string,
  now: number,
  m: Messages,
): Announcement {
  const loud: string[] = [];
  const quiet: string[] = [];
  for (const each of after) {
    const old = before.get(each.id);
    const contact = each.contact;
    if (each.status === "alerting" && old?.status !== "alerting") {
      const seconds = Math.max(0, Math.round((each.alertUntilMs - now) / 1000));
      loud.push(m.t("announce.alerting", { contact, queue: each.queueName, n: seconds }));
    } else if (each.autoAnswered && each.status === "connected" && old?.status !== "connected") {
      loud.push(m.t("announce.autoAnswered", { contact, queue: each.queueName }));
    } else if (old && each.id !== active && each.inbound > old.inbound) {
      quiet.push(m.t("announce.message", { contact, text: each.lastText }));
    } else if (old && each.lastFailed && !old.lastFailed) {
      quiet.push(m.t("announce.failed", { contact }));
    } else if (old && each.id !== active && each.status === "ended" && old.status === "connected") {
      quiet.push(m.t("announce.ended", { contact }));
    }
  }
  return { assertive: loud.join(" "), polite: quiet.join(" ") };
}
