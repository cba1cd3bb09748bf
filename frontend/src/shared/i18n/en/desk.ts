/** The desk's frame: access, bar, rail, roster, settings. */
export const desk = {
  "region.conversation": "Conversation",
  "region.panel": "About the contact",
} as const;
