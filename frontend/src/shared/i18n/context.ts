import { createContext } from "svelte";
import type { Messages } from "./messages";

/** The language of the component tree. */
export const [useMessages, setMessages] = createContext<Messages>();
