import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, openCluster } from "./cluster.ts";
import { isPostmasterOf, readPidFile, stopOrphan } from "./pidfile.ts";

/** A folder for one test. Whatever PostgreSQL still runs on `clusters` when the test is over is stopped, then all is
 *  removed. */
export function scratch(t: TestContext, ...clusters: string[]): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "disburse-embedded-")));
  t.after(async () => {
    for (const name of ["postgres", ...clusters]) await stopOrphan(join(folder, name), () => undefined);
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
  return folder;
}

/** A folder that every user may pass through, unlike a temporary one of root. */
export function openScratch(t: TestContext, ...clusters: string[]): string {
  const folder = scratch(t, ...clusters);
  chmodSync(folder, 0o755);
  return folder;
}

/** `kill -9`, to the postmaster alone: its sessions notice for themselves. */
export async function kill(location: string): Promise<void> {
  const pid = readPidFile(location)?.pid ?? 0;
  if (!isPostmasterOf(pid, location)) return;
  process.kill(pid, "SIGKILL");
  while (isPostmasterOf(pid, location)) await delay(5);
}

export async function opened(t: TestContext, dataDir: string, lines: string[] = []): Promise<Cluster> {
  const cluster = await openCluster(dataDir, (line) => lines.push(line), join(dataDir, "no-shelter"));
  t.after(() => cluster.stop());
  return cluster;
}
