// Processes that a test starts and ends by itself: each one's lines are kept,
// so that a failing test can show what they said.
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { createServer } from "node:net";

export class Process {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(line: string) => void>();
  readonly ended: Promise<number | string>;

  constructor(
    readonly name: string,
    command: string,
    args: string[],
    env: Record<string, string> = {},
  ) {
    this.#child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true, // a group of its own, so that end() reaches its children
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.#heard(line));
    }
    this.ended = new Promise((resolve) => {
      this.#child.on("error", (e) => resolve(e.message));
      this.#child.on("exit", (code, signal) => resolve(code ?? signal ?? "ended"));
    });
  }

  #heard(line: string) {
    this.lines.push(line);
    for (const l of this.#listeners) l(line);
  }

  /** Writes one line to the process's standard input. */
  say(line: string) {
    this.#child.stdin?.write(line + "\n");
  }

  /** The first line, past or to come, that `pick` makes something of. */
  line<T>(pick: (line: string) => T | undefined, withinMs = 60_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#listeners.delete(listen);
        act();
      };
      const listen = (line: string) => {
        const got = pick(line);
        if (got !== undefined) settle(() => resolve(got));
      };
      const fail = (why: string) =>
        settle(() => reject(new Error(`${this.name} ${why}\n${this.lines.slice(-30).join("\n")}`)));
      const timer = setTimeout(() => fail("did not say what was awaited"), withinMs);
      void this.ended.then((how) => fail(`ended with ${how}`));
      this.#listeners.add(listen);
      this.lines.slice().forEach(listen);
    });
  }

  signal(name: NodeJS.Signals) {
    if (this.#child.pid && this.#child.exitCode === null) process.kill(-this.#child.pid, name);
  }

  async end() {
    try {
      this.signal("SIGTERM");
    } catch {
      // it has ended already
    }
    const late = setTimeout(() => {
      try {
        this.signal("SIGKILL");
      } catch {
        // it ended in between
      }
    }, 10_000);
    await this.ended;
    clearTimeout(late);
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
