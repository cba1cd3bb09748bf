import { conversation } from "./conversation";
import { desk } from "./desk";
import { emoji } from "./emoji";
import { shared } from "./shared";
import { supervisor } from "./supervisor";

/** English. A language is a directory with the same files and keys. */
export const en = { ...shared, ...desk, ...conversation, ...emoji, ...supervisor } as const;
