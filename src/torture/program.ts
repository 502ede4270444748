import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import type { Reaper } from "./reaper.ts";

const command = fileURLToPath(new URL("../../bin/disburse.mjs", import.meta.url));
/** Nothing of the settings that this process happens to run with. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("DISBURSE_") && name !== "DATABASE_URL"),
);

export interface ProgramOptions {
  readonly name: string;
  /** What is said to the command line, with `--json`: its first line tells where it is. Asked at each start. */
  words(starts: number): readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly log: string;
  readonly reaper: Reaper;
  /** It listens there. */
  ready(port: number): void;
  /** It ended without being told to. */
  fell(how: string): void;
}

/** A command of ours in a process group of its own, started again whenever it has ended, as a supervisor would. */
export class Program {
  readonly name: string;
  readonly #options: ProgramOptions;
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;
  #ended: Promise<string> = Promise.resolve("");
  #starts = 0;
  #isWanted = true;
  #expected = false;
  #isReady = false;

  constructor(options: ProgramOptions) {
    this.name = options.name;
    this.#options = options;
    this.#log = createWriteStream(options.log, { flags: "a" });
  }

  /** Starts it, again and again if need be, and resolves when it says that it is ready. */
  async start(): Promise<void> {
    this.#expected = false;
    while (this.#isWanted && !(await this.#tryToStart())) await sleep(200); // its database may be down: it says so and ends
  }

  async #tryToStart(): Promise<boolean> {
    const { words, settings, reaper, ready } = this.#options;
    this.#starts += 1;
    const child = spawn(process.execPath, [command, ...words(this.#starts), "--json"], {
      env: { ...environment, ...settings },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const pid = child.pid!;
    this.#child = child;
    this.#isReady = false;
    reaper.watch(pid);
    this.#log.write(`--- start ${this.#starts}, process ${pid}, ${new Date().toISOString()}\n`);
    child.stderr.on("data", (text: Buffer) => this.#log.write(text));
    const isUp = new Promise<boolean>((resolve) => {
      let said = "";
      child.stdout.on("data", (text: Buffer) => {
        this.#log.write(text);
        if (this.#isReady) return;
        said += text.toString();
        if (!said.includes("\n")) return;
        const { url } = JSON.parse(said.slice(0, said.indexOf("\n"))) as { url?: string };
        if (url === undefined) return; // it says why it cannot, and ends
        this.#isReady = true;
        ready(Number(new URL(url).port));
        resolve(true);
      });
      void this.#seeOff(child).then(() => resolve(false));
    });
    return isUp;
  }

  #seeOff(child: ChildProcess): Promise<string> {
    this.#ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.#options.reaper.forget(child.pid!);
        const how = signal ?? `code ${code}`;
        this.#log.write(`--- ended with ${how}, ${new Date().toISOString()}\n`);
        resolve(how);
        if (!this.#isReady || this.#expected) return;
        this.#options.fell(how);
        void this.start();
      });
    });
    return this.#ended;
  }

  /** `kill -9`; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#expected = true;
    this.#signal("SIGKILL");
    await this.#ended;
  }

  /** Asks it to end. Resolves with how it did and after how many milliseconds. */
  async stop(): Promise<{ how: string; tookMs: number }> {
    this.#expected = true;
    const from = performance.now();
    this.#signal("SIGTERM");
    const how = await this.#ended;
    return { how, tookMs: performance.now() - from };
  }

  /** It stands still, and does not know. */
  pause(): void {
    this.#signal("SIGSTOP");
  }

  resume(): void {
    this.#signal("SIGCONT");
  }

  #signal(name: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined || this.#child?.exitCode !== null || this.#child.signalCode !== null) return;
    process.kill(-pid, name);
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    this.#isWanted = false;
    this.#expected = true;
    this.resume();
    this.#signal("SIGTERM");
    const gone = await Promise.race([this.#ended.then(() => true), sleep(15_000, false, { ref: false })]);
    if (!gone) await this.kill();
    await new Promise<void>((resolve) => this.#log.end(() => resolve()));
  }
}
