import type { PushListener } from "./bridge";
import type { Push } from "./types";

/** How long a push may wait for one before it that has not come. In milliseconds. */
const patience = 250;

/** Source is where pushes come from: one whole on demand, changes as they happen. */
export interface Source {
  /** The whole as it came with the page: nothing need be asked for to begin. */
  first?: Push | undefined;
  subscribe(): Promise<Push>;
  on(listener: (push: Push) => void): () => void;
}

/**
 * inOrder hands pushes on by their number. Changes that arrive early wait for
 * those before them, repeats are dropped, and where one stays away the whole is
 * asked for again. A first push is handed on at once. Order is not given everywhere: a development build delivers
 * events over a socket that mixes them.
 */
export function inOrder(source: Source, listener: PushListener): () => void {
  let last = 0;
  let whole = false; // the first whole has been handed on
  let asking = false;
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const early = new Map<number, Push>();

  async function ask(): Promise<void> {
    if (asking || ended) return;
    asking = true;
    clearTimeout(timer);
    timer = undefined;
    try {
      const push = await source.subscribe();
      if (ended) return;
      const known = whole && push.seq === last; // what came with the page was the newest
      last = push.seq;
      whole = true;
      if (!known) listener(push, true);
    } catch {
      // The core is on its way up or down: a later push or the timer asks again.
      if (!ended) timer = setTimeout(again, patience);
      return;
    } finally {
      asking = false;
    }
    drain();
  }

  function again(): void {
    timer = undefined;
    void ask();
  }

  function drain(): void {
    for (const seq of early.keys()) if (seq <= last) early.delete(seq);
    for (let push = early.get(last + 1); push; push = early.get(last + 1)) {
      early.delete(push.seq);
      last = push.seq;
      listener(push, false);
    }
    if (early.size === 0) {
      clearTimeout(timer);
      timer = undefined;
    } else {
      timer ??= setTimeout(again, patience);
    }
  }

  if (source.first) {
    last = source.first.seq;
    whole = true;
    listener(source.first, true);
  }
  // Changes between the page and this listener went unheard: it asks all the same.
  const off = source.on((push) => {
    if (whole && push.seq <= last) return;
    early.set(push.seq, push);
    if (whole && !asking) drain();
  });
  void ask();
  return () => {
    ended = true;
    clearTimeout(timer);
    off();
  };
}
