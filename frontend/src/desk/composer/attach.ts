import type { Channel } from "../../bridge/types";
import type { Messages } from "../../shared/i18n";
import { plainName } from "../conversation/linkify";

/** The most the window hands to the core at once, in bytes. */
const maxHanded = 10_000_000;

/** refusal says why a file cannot be attached; "" if it can. */
export function refusal(
  file: { name: string; type: string; size: number },
  channel: Pick<Channel, "label" | "maxFileBytes" | "fileTypes">,
  m: Messages,
): string {
  const name = plainName(file.name);
  if (channel.fileTypes.length === 0) return m.t("composer.file.none", { name, channel: channel.label });
  if (!accepts(channel.fileTypes, file.type)) {
    return m.t("composer.file.type", { name, channel: channel.label, types: typesInWords(channel.fileTypes, m) });
  }
  if (file.size === 0) return m.t("composer.file.empty", { name });
  const max = channel.maxFileBytes > 0 ? Math.min(channel.maxFileBytes, maxHanded) : maxHanded;
  if (file.size <= max) return "";
  return m.t("composer.file.size", { name, size: m.bytes(file.size), max: m.bytes(max), channel: channel.label });
}

/** accepts: types are MIME types, "image/*" and "*\/*" among them. */
export function accepts(types: readonly string[], type: string): boolean {
  const mime = (type || "application/octet-stream").toLowerCase();
  return types.some((each) => {
    const allowed = each.toLowerCase();
    if (allowed === "*/*" || allowed === mime) return true;
    return allowed.endsWith("/*") && mime.startsWith(allowed.slice(0, -1));
  });
}

/** typesInWords: "PNG, JPEG and PDF", "pictures". */
export function typesInWords(types: readonly string[], m: Messages): string {
  const kinds = {
    image: "composer.types.image",
    video: "composer.types.video",
    audio: "composer.types.audio",
  } as const;
  const words = types.map((type) => {
    const [kind = "", sub = ""] = type.toLowerCase().split("/");
    if (sub === "*") return kind in kinds ? m.t(kinds[kind as keyof typeof kinds]) : m.t("composer.types.text");
    return sub
      .replace(/\+.*$/, "")
      .replace(/^.*[.-]/, "")
      .toUpperCase();
  });
  return new Intl.ListFormat(m.language, { type: "conjunction" }).format([...new Set(words)]);
}

/** base64 reads a file's content and tells how far it has come, from 0 to 1. */
export function base64(file: Blob, progress: (share: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onprogress = (event) => progress(event.total > 0 ? event.loaded / event.total : 0);
    reader.onerror = () => reject(reader.error ?? new Error("the file could not be read"));
    reader.onload = () => {
      const url = String(reader.result);
      resolve(url.slice(url.indexOf(",") + 1));
    };
    reader.readAsDataURL(file);
  });
}
