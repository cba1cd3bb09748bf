/** Clock is the window's one ticker. Times are Unix milliseconds by the hub's clock. */
export class Clock {
  #now = $state(Date.now());
  #skew = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The time, changing once a second while the clock runs. */
  get now(): number {
    return this.#now;
  }

  /** The time right now, for what is not shown. */
  exact(): number {
    return Date.now() + this.#skew;
  }

  /** setSkew says how far the hub's clock is ahead of this machine's, in milliseconds. */
  setSkew(skew: number): void {
    if (skew === this.#skew) return;
    this.#skew = skew;
    this.#now = this.exact();
  }

  /** start lets it run, on the second, and gives its end. */
  start(): () => void {
    const tick = () => {
      this.#now = this.exact();
      this.#timer = setTimeout(tick, 1000 - (this.#now % 1000));
    };
    tick();
    return () => clearTimeout(this.#timer);
  }
}
