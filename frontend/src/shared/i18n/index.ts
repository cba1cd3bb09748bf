export { Messages, type Key } from "./messages";
export { setMessages, useMessages } from "./context";
