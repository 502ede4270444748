import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { codeOf } from "./problem.ts";

/**
 * What a process has for as long as it lives and no later process with the same pid has: when it began. Compare it, do
 * not read it. Undefined when there is no such process, or only its remains (a zombie).
 *
 * Source: proc(5), /proc/pid/stat, field 22 (ticks since boot, so the boot's own id stands before it). Without /proc:
 *   ps(1), whose `lstart` counts in seconds.
 */
export function birthOf(pid: number, platform: string = process.platform): string | undefined {
  if (platform !== "linux") {
    const [state = "Z", ...began] = ps(pid, ["-o", "stat=", "-o", "lstart="]).split(/\s+/);
    return state === "" || state.startsWith("Z") ? undefined : began.join(" ");
  }
  const stat = proc(`/proc/${pid}/stat`);
  const [state = "Z", ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // a name may hold spaces and brackets
  if (stat === "" || state === "Z" || state === "X") return undefined;
  return `${proc("/proc/sys/kernel/random/boot_id").trim()} ${rest[18]}`;
}

/** The command line of a process, its words joined by spaces; empty when there is none. */
export function commandOf(pid: number, platform: string = process.platform): string {
  if (platform !== "linux") return ps(pid, ["-o", "command="]);
  return proc(`/proc/${pid}/cmdline`).replace(/\0+$/, "").replaceAll("\0", " ");
}

/** True for a process of another user too. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** A running process of another user that /proc keeps from us, so that all we know is its pid. */
export function isHidden(pid: number): boolean {
  return process.platform === "linux" && isRunning(pid) && !existsSync(`/proc/${pid}`);
}

function proc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // gone, or hidden from us
  }
}

function ps(pid: number, columns: string[]): string {
  try {
    const env = { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" }; // `lstart` is local time: the same for every asker
    return execFileSync("ps", ["-ww", "-p", String(pid), ...columns], { encoding: "utf8", env, stdio: "pipe" }).trim();
  } catch {
    return ""; // ps ends with 1 when there is no such process
  }
}
