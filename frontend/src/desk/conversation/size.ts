/** The largest picture inline, in pixels. */
const maxWidth = 264;
const maxHeight = 220;
/** What stands in while a picture's dimensions are not known. */
const unknown = { width: 240, height: 160 };

/** fit gives the box a picture has before it loads, so that nothing moves when it does. */
export function fit(width: number, height: number): { width: number; height: number } {
  if (width <= 0 || height <= 0) return unknown;
  const scale = Math.min(1, maxWidth / width, maxHeight / height);
  return { width: Math.max(48, Math.round(width * scale)), height: Math.max(48, Math.round(height * scale)) };
}
