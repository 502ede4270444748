import { spawn, type ChildProcess } from "node:child_process";

/**
 * Ends what this process has started when this process ends, however it ends: another process waits for the end of a pipe
 * that only we hold, and then kills the process groups that it was told of.
 */
export class Reaper {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = spawn(process.execPath, ["-e", work], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    this.#child.stdin!.on("error", () => {});
    this.#child.unref();
  }

  /** The group that this process leads. */
  watch(pid: number): void {
    this.#child.stdin!.write(`+${pid}\n`);
  }

  /** It has ended: its number may be somebody else's soon. */
  forget(pid: number): void {
    this.#child.stdin!.write(`-${pid}\n`);
  }

  /** Ends all that is still watched. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.ref();
    this.#child.stdin!.end();
    await ended;
  }
}

const work = `
const groups = new Set();
let rest = "";
process.on("SIGINT", () => {}).on("SIGTERM", () => {});
process.stdin.on("data", (text) => {
  const lines = (rest + text).split("\\n");
  rest = lines.pop();
  for (const line of lines) line[0] === "+" ? groups.add(line.slice(1)) : groups.delete(line.slice(1));
});
process.stdin.on("close", () => {
  for (const group of groups) try { process.kill(-group, "SIGKILL") } catch {}
  process.exit();
});
`;
