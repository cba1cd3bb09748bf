/** Choice is a time until which an interaction may be parked. */
export interface Choice {
  id: "soon" | "hour" | "hours" | "morning";
  atMs: number;
}

const minute = 60_000;
const hour = 60 * minute;

/** The furthest ahead that the hub takes, in milliseconds. */
export const longest = 72 * hour;

/** choices are the usual times: in 15 minutes, an hour, three, and the next morning at nine. */
export function choices(now: number): Choice[] {
  const morning = new Date(now);
  morning.setHours(9, 0, 0, 0);
  if (morning.getTime() <= now + 3 * hour) morning.setDate(morning.getDate() + 1);
  return [
    { id: "soon", atMs: now + 15 * minute },
    { id: "hour", atMs: now + hour },
    { id: "hours", atMs: now + 3 * hour },
    { id: "morning", atMs: morning.getTime() },
  ];
}

/** local puts a time into what a date and time field wants; "" for none. */
export function local(ms: number): string {
  const at = new Date(ms);
  return new Date(ms - at.getTimezoneOffset() * minute).toISOString().slice(0, 16);
}
