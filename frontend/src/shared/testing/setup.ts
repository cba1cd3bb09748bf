import { afterEach, vi } from "vitest";

// What jsdom has not: sizes. Every element is 300 by 60, every scroller 800 high,
// so that virtual lists mount what a window would show.
class Sizes implements ResizeObserver {
  readonly #tell: ResizeObserverCallback;
  constructor(tell: ResizeObserverCallback) {
    this.#tell = tell;
  }
  observe(target: Element): void {
    const height = heightOf(target);
    const contentRect = { width: 300, height } as DOMRectReadOnly;
    queueMicrotask(() => {
      this.#tell([{ target, contentRect } as unknown as ResizeObserverEntry], this);
    });
  }
  unobserve(): void {}
  disconnect(): void {}
}

function heightOf(target: Element): number {
  return target.querySelector("ul, ol, [style*='contain']") ? 800 : 60;
}

vi.stubGlobal("ResizeObserver", Sizes);
Object.defineProperties(HTMLElement.prototype, {
  offsetHeight: { configurable: true, get: (): number => 60 },
  offsetWidth: { configurable: true, get: (): number => 300 },
  offsetParent: {
    configurable: true,
    get(this: HTMLElement) {
      return this.parentElement;
    },
  },
});
Element.prototype.getClientRects = function () {
  const rects = this.isConnected ? [this.getBoundingClientRect()] : [];
  return Object.assign(rects, { item: (i: number) => rects[i] ?? null }) as unknown as DOMRectList;
};
Element.prototype.scrollTo ??= () => undefined;
Element.prototype.scrollIntoView ??= () => undefined;
Element.prototype.setPointerCapture ??= () => undefined;
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.releasePointerCapture ??= () => undefined;
window.matchMedia ??= (query: string) =>
  Object.assign(new EventTarget(), {
    matches: false,
    media: query,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  }) as unknown as MediaQueryList;
HTMLCanvasElement.prototype.getContext = () => null;
window.innerWidth = 1440;

afterEach(() => {
  document.documentElement.removeAttribute("dir");
});
