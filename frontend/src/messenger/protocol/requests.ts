import type { Outgoing, OutgoingFile } from "./outbox";

/** The frames a guest sends. Each carries the token and a tracingId by which its answer is known. */
type Request = Record<string, unknown>;

export const configure = (deploymentId: string, token: string, tracingId: string, startNew: boolean): Request => ({
  action: "configureSession",
  deploymentId,
  token,
  tracingId,
  startNew,
  journeyContext: { customer: { id: token, idType: "cookie" }, customerSession: { id: "", type: "web" } },
});

export const close = (token: string, tracingId: string): Request => ({
  action: "closeSession",
  token,
  tracingId,
  closeAllConnections: true,
});

const event = (token: string, tracingId: string, what: Request): Request => ({
  action: "onMessage",
  token,
  tracingId,
  message: { type: "Event", events: [what] },
});

export const typing = (token: string, tracingId: string): Request =>
  event(token, tracingId, { eventType: "Typing", typing: { type: "On" } });

export const clear = (token: string, tracingId: string): Request =>
  event(token, tracingId, { eventType: "Presence", presence: { type: "Clear" } });

export function join(token: string, tracingId: string, customAttributes: Record<string, string>): Request {
  const request = event(token, tracingId, { eventType: "Presence", presence: { type: "Join" } });
  if (Object.keys(customAttributes).length > 0) request["channel"] = { metadata: { customAttributes } };
  return request;
}

/** A text, an answer to a quick reply, or an uploaded file; sent again it is the same to the letter. */
export function message(token: string, item: Outgoing, customAttributes: Record<string, string>): Request {
  const body: Request = { type: "Text", text: item.text, metadata: { id: item.id } };
  if (item.reply !== null) {
    const { kind: type, text, payload } = item.reply;
    body["type"] = "Structured";
    body["content"] = [{ contentType: "ButtonResponse", buttonResponse: { type, text, payload } }];
  }
  if (item.file !== null) body["content"] = [{ contentType: "Attachment", attachment: { id: item.attachmentId } }];
  const request: Request = { action: "onMessage", token, tracingId: item.id, message: body };
  if (Object.keys(customAttributes).length > 0) request["channel"] = { metadata: { customAttributes } };
  return request;
}

export const attach = (token: string, tracingId: string, attachmentId: string, file: OutgoingFile): Request => ({
  action: "onAttachment",
  token,
  tracingId,
  attachmentId,
  fileName: file.name,
  fileType: file.type || "application/octet-stream",
  fileSize: file.size,
  errorsAsJson: true,
});

export const download = (token: string, tracingId: string, attachmentId: string): Request => ({
  action: "getAttachment",
  token,
  tracingId,
  attachmentId,
});

export const jwt = (token: string, tracingId: string): Request => ({ action: "getJwt", token, tracingId });

export const echo = (token: string, tracingId: string): Request => ({
  action: "echo",
  token,
  tracingId,
  message: { type: "Text", text: "ping" },
});
