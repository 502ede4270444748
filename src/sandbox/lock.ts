import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Takes the folder for this process; the answer gives it back. Throws if a living process has it. A lock that a killed
 * process left behind is taken over: its number is gone, or belongs by now to a process that started at another time.
 */
export function lockFolder(folder: string): () => void {
  const lock = join(folder, "lock");
  const mine = join(folder, `lock.${process.pid}`);
  writeFileSync(mine, `${process.pid} ${startOf(process.pid)}`);
  try {
    for (let tries = 0; ; tries += 1) {
      try {
        linkSync(mine, lock); // a link appears with its content, or not at all
        return () => rmSync(lock, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST" || tries === 3) throw error;
      }
      const [pid = 0, start = 0] = readFileSync(lock, "utf8").split(" ").map(Number);
      if (isAlive(pid) && startOf(pid) === start) throw new Error(`${folder} is in use by process ${pid}`);
      rmSync(lock, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process started, in ticks since boot (proc(5), field 22 of stat); 0 where there is no /proc. */
function startOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  } catch {
    return 0;
  }
}
