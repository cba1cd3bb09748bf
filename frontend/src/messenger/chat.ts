import { flushSync, mount } from "svelte";
import { ChatState } from "./chat.svelte";
import type { Chat, Host } from "./host";
import { adopt } from "./styles/adopt";
import frame from "./styles/chat.css?inline";
import messages from "./styles/messages.css?inline";
import Window from "./view/Window.svelte";

const PRIVATE_EVENTS = ["keydown", "keyup", "keypress", "paste", "copy", "cut", "dragover", "drop", "wheel"] as const;

/** Puts the chat window into the shadow root. Called once, when the chat is first needed. */
export function start(host: Host): Chat {
  adopt(host.root, frame + messages);
  const target = document.createElement("div");
  // Before the launcher, so that Tab meets them in the order they are seen.
  host.frame.prepend(target);
  const chat = new ChatState(host);
  const view = mount(Window, { target, props: { chat } });
  flushSync();
  // The page's shortcuts are not for keys typed here: from outside, the target would look like an ordinary element.
  for (const type of PRIVATE_EVENTS) host.frame.addEventListener(type, (event) => event.stopPropagation());
  host.bus.publish("MessagingService.ready", {});
  return {
    open: (focus) => {
      chat.open();
      if (focus) view.focus();
    },
    close: () => chat.close(),
    command: (name, data) => run(chat, name, data),
  };
}

/** The MessagingService commands, after Genesys Messenger's. A rejection names what is missing. */
async function run(chat: ChatState, name: string, data: unknown): Promise<unknown> {
  switch (name) {
    case "Database.set":
      chat.attributes(data as Record<string, string>);
      return data;
    case "MessagingService.startConversation":
      return chat.begin();
    case "MessagingService.sendMessage": {
      const message = (data as { message?: unknown } | undefined)?.message;
      if (typeof message !== "string" || message.trim() === "") throw new Error("sendMessage needs { message: text }");
      chat.connect();
      return chat.send(message);
    }
    case "MessagingService.sendTyping":
      return chat.typed();
    case "MessagingService.fetchHistory":
      return chat.older();
    case "MessagingService.resetConversation":
      if (!chat.view.readOnly && chat.view.phase !== "expired") throw new Error("the conversation has not ended");
      return chat.startNew();
    case "MessagingService.clearConversation":
      if (!chat.canClear) throw new Error("there is no conversation to clear, or clearing is switched off");
      return chat.clear();
    default:
      throw new Error(`unknown command ${name}`);
  }
}
