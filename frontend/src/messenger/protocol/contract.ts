import type { HistoryPage, Reply } from "./frames";
import type { Outgoing, OutgoingFile } from "./outbox";
import type { Entry } from "./timeline";

/** Where the connection stands, as far as the contact has to know. */
export type Phase =
  | "idle" // no connection wanted
  | "connecting"
  | "configuring"
  | "ready"
  | "waiting" // lost; tried again at retryAt
  | "displaced" // the server closed it in favour of another tab
  | "refused" // the hub will not serve this deployment or page
  | "expired"; // the session ended after a long pause

export type Input =
  | { on: "connect" }
  | { on: "open" }
  | { on: "frame"; raw: string }
  | { on: "closed" }
  | { on: "tick" }
  | { on: "online" }
  | { on: "visible"; visible: boolean }
  | { on: "send"; text: string; reply?: Reply }
  /** Texts that an earlier page of this tab could not get through. */
  | { on: "restore"; texts: { id: string; at: number; text: string }[] }
  | { on: "attach"; id: string; file: OutgoingFile }
  | { on: "retry"; id: string }
  | { on: "discard"; id: string }
  | { on: "typed" }
  | { on: "join" }
  | { on: "attributes"; attributes: Record<string, string> }
  | { on: "clear" }
  | { on: "start-new" }
  | { on: "token"; token: string; keepOutbox: boolean }
  | { on: "older" }
  | { on: "refresh"; attachmentId: string }
  | { on: "upload-progress"; id: string; fraction: number }
  | { on: "uploaded"; id: string }
  | { on: "upload-failed"; id: string }
  | { on: "history"; page: HistoryPage }
  | { on: "history-failed"; status: number };

export type Effect =
  | { do: "connect" }
  | { do: "disconnect" }
  | { do: "send"; frame: Record<string, unknown> }
  | { do: "history"; page: number; jwt: string }
  | { do: "upload"; id: string; url: string; headers: Record<string, string> }
  | { do: "abort"; id: string }
  /** Ask the token's keeper for another one; it answers with the input "token". */
  | { do: "renew-token"; keepOutbox: boolean }
  | { do: "emit"; event: string; data: unknown };

export interface View {
  phase: Phase;
  /** The connection has failed at least once and is not back yet. */
  lost: boolean;
  readOnly: boolean;
  clearing: boolean;
  clearFailed: boolean;
  restarting: boolean;
  /** True once this session has a message: worth reconnecting to. */
  live: boolean;
  expiresAt: number;
  entries: readonly Entry[];
  outgoing: readonly Outgoing[];
  /** The one who writes right now; "" when the sender has no name; null when nobody does. */
  typing: string | null;
  hasOlder: boolean;
  loadingOlder: boolean;
  olderFailed: boolean;
  /** History of a resumed session has been read, or there is none. */
  synced: boolean;
  filesAllowed: boolean;
  fileTypes: string[];
}

export interface Features {
  autoStart: boolean;
  sendTyping: boolean;
}

export interface Env {
  /** 0 to 1, for jitter. */
  random: () => number;
  uuid: () => string;
}
