import type { Desk } from "../desk.svelte";
import { focusComposer } from "../layers";
import type { Command } from "../shortcuts";

/** How long an auto-answered card is shown as such, in milliseconds. */
export const autoAnsweredFor = 6000;

/** firstAlert is the interaction that F2 answers: the one with the least time left. */
export function firstAlert(desk: Desk) {
  return desk.interactions
    .filter((each) => each.status === "alerting")
    .sort((a, b) => a.alertUntilMs - b.alertUntilMs)[0];
}

/** autoAnswered is the interaction that was answered for the agent moments ago. */
export function autoAnswered(desk: Desk, now: number) {
  return desk.interactions.find(
    (each) => each.autoAnswered && each.status === "connected" && now - each.connectedMs < autoAnsweredFor,
  );
}

/** The commands that the desk's state alone can do; false: nothing was there to be done. */
export function perform(command: Command, desk: Desk): boolean {
  switch (command.do) {
    case "answer":
      return answer(desk);
    case "decline": {
      const alert = firstAlert(desk);
      if (alert) void desk.decline(alert.id);
      return alert !== undefined;
    }
    case "tab":
      return show(desk, desk.tabs[command.index]?.id);
    case "next-tab":
      return show(desk, beside(desk, 1));
    case "previous-tab":
      return show(desk, beside(desk, -1));
    case "close-tab":
      if (desk.active) desk.close(desk.active);
      return true; // never the window
    case "next-urgent":
      return show(desk, nextUrgent(desk));
    case "panel":
      desk.layout.togglePanel();
      return true;
    case "queue":
      void toggleQueue(desk);
      return true;
    case "board":
      if (!desk.supervising.may) return false;
      desk.layout.show(desk.layout.page === "board" ? "desk" : "board");
      return true;
    case "settings":
      desk.layout.show(desk.layout.page === "settings" ? "desk" : "settings");
      return true;
    case "next-region":
      return moveRegion(1);
    case "previous-region":
      return moveRegion(-1);
    case "back":
      return back(desk);
    case "palette":
    case "shortcuts":
      return false; // the frame's own
  }
}

/** toggleQueue goes on queue, or off it to available. */
export function toggleQueue(desk: Desk): Promise<boolean> {
  const on = desk.me?.presence === "on_queue" && desk.me.routing !== "not_responding";
  return desk.setPresence(on ? "available" : "on_queue");
}

function answer(desk: Desk): boolean {
  const alert = firstAlert(desk);
  if (alert) {
    void desk.answer(alert.id);
    return true;
  }
  return show(desk, autoAnswered(desk, desk.clock.exact())?.id);
}

function show(desk: Desk, id: string | undefined): boolean {
  if (id) desk.open(id);
  return id !== undefined;
}

function beside(desk: Desk, step: number): string | undefined {
  const tabs = desk.tabs;
  if (tabs.length === 0) return undefined;
  const at = tabs.findIndex((each) => each.id === desk.active);
  return tabs[(at + step + tabs.length) % tabs.length]?.id;
}

function nextUrgent(desk: Desk): string | undefined {
  const waiting = desk.interactions.filter((each) => each.group === "needs_reply");
  const at = waiting.findIndex((each) => each.id === desk.active);
  return waiting[(at + 1) % Math.max(1, waiting.length)]?.id;
}

function back(desk: Desk): boolean {
  if (desk.layers.back()) return true;
  if (desk.layout.page !== "desk") {
    desk.layout.show("desk");
    return true;
  }
  return focusComposer();
}

/** moveRegion gives the keyboard to the next area of the window that is on show. */
function moveRegion(step: number): boolean {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")].filter(
    (each) => each.getClientRects().length > 0,
  );
  if (regions.length === 0) return false;
  const at = regions.findIndex((each) => each.contains(document.activeElement));
  const next = regions[(at + step + regions.length) % regions.length];
  const wanted =
    next?.querySelector<HTMLElement>("[data-composer]") ??
    next?.querySelector<HTMLElement>(
      '[aria-current="true"], [aria-selected="true"], [tabindex="0"]:not([role="separator"]), button:not([tabindex="-1"]), input, a[href]',
    );
  (wanted ?? next)?.focus();
  return true;
}
