import { readdirSync, readFileSync } from "node:fs";

const ticksPerSecond = 100; // sysconf(_SC_CLK_TCK), which is 100 on every Linux that Node runs on

/** Source: proc(5), /proc/pid/stat, counted from the third field: parent 2nd, utime and stime 12th and 13th, those of children that were waited for 14th and 15th. */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined; // it has ended, or there is no /proc
  }
}

/** Seconds of CPU that a process has used. */
export function cpuOf(pid) {
  const stat = statOf(pid);
  return stat === undefined ? 0 : (Number(stat[11]) + Number(stat[12])) / ticksPerSecond;
}

/** Seconds of CPU of a process and its children, also of those that have ended. */
export function cpuOfFamily(pid) {
  for (;;) {
    const ended = endedOf(pid);
    const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && statOf(name)?.[1] === String(pid));
    const seconds = children.reduce((sum, child) => sum + cpuOf(child), cpuOf(pid) + ended);
    if (endedOf(pid) === ended) return seconds; // else one has ended meanwhile, and may be missing
  }
}

function endedOf(pid) {
  const stat = statOf(pid);
  return stat === undefined ? 0 : (Number(stat[13]) + Number(stat[14])) / ticksPerSecond;
}

/** Megabytes of memory that a process has resident. */
export function memoryOf(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** CPU seconds of everybody who takes part. */
export const cpuOfAll = ({ postgres, site }) => ({
  server: (site?.servers ?? []).reduce((sum, { pid }) => sum + cpuOf(pid), 0),
  bank: site === undefined ? 0 : cpuOf(site.bank.pid),
  postgres: cpuOfFamily(postgres.pid),
});
