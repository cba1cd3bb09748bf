export { Messages, type Key, type PlainKey } from "./messages";
export { setMessages, useMessages } from "./context";
