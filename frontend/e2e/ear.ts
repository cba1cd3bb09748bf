// Hears what a desk plays: a sound server of its own with a null sink, recorded.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Process } from "./processes";

/** Root mean square of 0 to 1 above which something is heard. */
const audible = 0.01;

export class Ear {
  readonly #server: Process;
  readonly #recorder: ChildProcess;
  readonly #listeners = new Set<(level: number) => void>();

  private constructor(
    /** What makes a process play here. */
    readonly env: Record<string, string>,
    server: Process,
  ) {
    this.#server = server;
    this.#recorder = spawn(
      "parec",
      ["--raw", "--format=s16le", "--channels=1", "--rate=8000", "--latency-msec=50", "-d", "test.monitor"],
      { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "ignore"] },
    );
    this.#recorder.stdout?.on("data", (data: Buffer) => {
      let sum = 0;
      const samples = Math.floor(data.length / 2);
      for (let i = 0; i < samples; i++) sum += (data.readInt16LE(i * 2) / 32767) ** 2;
      const level = samples ? Math.sqrt(sum / samples) : 0;
      for (const l of this.#listeners) l(level);
    });
  }

  static async open(dir: string): Promise<Ear> {
    const socket = join(dir, "native");
    mkdirSync(dir, { recursive: true });
    // ALSA's default device becomes the sound server.
    const conf = join(dir, "asound.conf");
    writeFileSync(conf, "</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n");
    const env = { ALSA_CONFIG_PATH: conf, PULSE_RUNTIME_PATH: dir, PULSE_SERVER: `unix:${socket}` };
    const server = new Process(
      "pulseaudio",
      "pulseaudio",
      [
        ...["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--log-target=stderr", "-v"],
        ...["-L", "module-null-sink sink_name=test"],
        ...["-L", `module-native-protocol-unix auth-anonymous=1 socket=${socket}`],
      ],
      { ...env, HOME: dir, XDG_RUNTIME_DIR: dir, XDG_CONFIG_HOME: dir },
    );
    await server.line((l) => (l.includes("startup complete") ? true : undefined));
    return new Ear(env, server);
  }

  /** The level of the next sound that is loud enough to be heard. */
  hears(): Promise<number> {
    return new Promise((resolve) => {
      const listen = (level: number) => {
        if (level < audible) return;
        this.#listeners.delete(listen);
        resolve(level);
      };
      this.#listeners.add(listen);
    });
  }

  async close() {
    this.#recorder.kill();
    await this.#server.end();
  }
}
