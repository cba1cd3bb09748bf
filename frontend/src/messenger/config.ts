/** The part of the deployment configuration that the messenger follows. */
export interface Config {
  enabled: boolean;
  title: string;
  /** Two or three letters for the round mark. */
  initials: string;
  greeting: string;
  topics: string[];
  /** #rrggbb. */
  primaryColor: string;
  launcher: "On" | "Off" | "OnDemand";
  side: "start" | "end" | "left" | "right";
  /** CSS px from the sides of the window. */
  sideSpace: number;
  bottomSpace: number;
  autoStart: boolean;
  sendTyping: boolean;
  showTyping: boolean;
  clear: boolean;
  files: boolean;
}

type Fields = Record<string, unknown>;

const DEFAULT_COLOR = "#03637b";

const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((v, key) => (typeof v === "object" && v !== null ? (v as Fields)[key] : undefined), value);

function initialsOf(title: string): string {
  const words = title.split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return "";
  const letters = words.slice(0, 3).map((word) => [...word][0] ?? "");
  return (words.length === 1 ? letters : letters.slice(0, 3)).join("").toLocaleUpperCase();
}

function topicsOf(value: unknown): string[] {
  const list = typeof value === "string" ? value.split("|") : Array.isArray(value) ? value : [];
  return list
    .filter((t): t is string => typeof t === "string")
    .map((t) => t.trim())
    .filter((t) => t !== "" && t.length <= 80)
    .slice(0, 6);
}

function clamp(value: unknown, fallback: number): number {
  return typeof value === "number" && value >= 0 && value <= 400 ? value : fallback;
}

const SIDES: Readonly<Record<string, Config["side"]>> = { Left: "left", Right: "right" };

/**
 * Reads config.json as published by the hub. Unknown and malformed fields fall back; page holds the script tag's data
 * attributes (title, greeting, topics separated by |), which win, since one deployment may serve several pages.
 */
export function readConfig(json: unknown, page: Record<string, string | undefined>): Config {
  const messenger = at(json, "messenger");
  const talks = at(messenger, "apps", "conversations");
  const own = at(json, "parley");
  const words = (...candidates: unknown[]): string =>
    candidates.find((c): c is string => typeof c === "string" && c.trim() !== "")?.trim() ?? "";
  const title = words(page["title"], at(own, "title"), at(json, "name"), "Chat");
  const color = words(page["color"], at(messenger, "styles", "primaryColor"));
  const launcher = at(messenger, "launcherButton", "visibility");
  return {
    enabled: at(messenger, "enabled") !== false && at(json, "status") !== "Inactive" && at(talks, "enabled") !== false,
    title,
    initials: words(page["initials"], at(own, "initials"), initialsOf(title)),
    greeting: words(page["greeting"], at(own, "greeting")),
    topics: topicsOf(page["topics"] ?? at(own, "quickTopics")),
    primaryColor: /^#[0-9a-f]{6}$/i.test(color) ? color : DEFAULT_COLOR,
    launcher: launcher === "Off" || launcher === "OnDemand" ? launcher : "On",
    side: SIDES[String(at(json, "position", "alignment"))] ?? "end",
    sideSpace: clamp(at(json, "position", "sideSpace"), 24),
    bottomSpace: clamp(at(json, "position", "bottomSpace"), 24),
    autoStart: at(talks, "autoStart", "enabled") === true,
    sendTyping: at(talks, "showUserTypingIndicator") === true,
    showTyping: at(talks, "showAgentTypingIndicator") !== false,
    clear: at(talks, "conversationClear", "enabled") === true,
    files: at(messenger, "fileUpload", "enableAttachments") !== false,
  };
}
