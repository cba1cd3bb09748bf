/** A side of what a tip speaks of. */
export type Side = "top" | "bottom" | "left" | "right";

interface Box {
  width: number;
  height: number;
}

/** Pixels between a tip and what it speaks of, and between a tip and the window's edge. */
const gap = 6;
const edge = 8;

const opposite: Record<Side, Side> = { top: "bottom", bottom: "top", left: "right", right: "left" };

/**
 * place gives where a tip stands in the window: on its side of the anchor, or on
 * the other where there is no room, and never over the window's edge.
 */
export function place(anchor: DOMRect, tip: Box, side: Side, view: Box): { x: number; y: number } {
  const fits: Record<Side, boolean> = {
    top: anchor.top - gap - tip.height >= edge,
    bottom: anchor.bottom + gap + tip.height <= view.height - edge,
    left: anchor.left - gap - tip.width >= edge,
    right: anchor.right + gap + tip.width <= view.width - edge,
  };
  const on = fits[side] || !fits[opposite[side]] ? side : opposite[side];
  let x = anchor.left + (anchor.width - tip.width) / 2;
  let y = anchor.top + (anchor.height - tip.height) / 2;
  if (on === "top") y = anchor.top - gap - tip.height;
  if (on === "bottom") y = anchor.bottom + gap;
  if (on === "left") x = anchor.left - gap - tip.width;
  if (on === "right") x = anchor.right + gap;
  return {
    x: Math.max(edge, Math.min(x, view.width - edge - tip.width)),
    y: Math.max(edge, Math.min(y, view.height - edge - tip.height)),
  };
}
