import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

/** A disk with little room, in memory, that can be filled to the last byte. */
export interface SmallDisk {
  readonly folder: string;
  fill(): void;
  free(): void;
}

/** An empty PostgreSQL takes 41 MB of it. */
const mount = ["mount", "-t", "tmpfs", "-o", "size=160m,mode=0755", "tmpfs"];
/** Names the disk to a run of the file within namespaces. */
const given = "DISBURSE_TEST_SMALL_DISK";

/**
 * Declares tests that need a small disk. Root mounts one. For anybody else `file` is run once more, in namespaces where he may
 * mount one. Where neither is allowed the tests are skipped, and say why.
 */
export function onSmallDisk(
  file: string,
  works: Readonly<Record<string, (t: TestContext, disk: SmallDisk) => Promise<void>>>,
): void {
  const folder = process.env[given] ?? mkdtempSync(join(tmpdir(), "disburse-disk-"));
  const asRoot = process.env[given] === undefined ? attempt([...mount, folder]) : undefined;
  if (asRoot === undefined || asRoot.done) {
    for (const [name, work] of Object.entries(works)) {
      test(name, async (t) => {
        t.after(() => readdirSync(folder).forEach((entry) => rmSync(join(folder, entry), { recursive: true })));
        await work(t, diskIn(folder));
      });
    }
    if (asRoot !== undefined) after(() => (attempt(["umount", "--lazy", folder]), rmSync(folder, { recursive: true })));
    return;
  }
  const within = attempt([...inNamespaces(folder), "true"]);
  if (within.done) {
    test("what needs a small disk, in namespaces where an ordinary user may mount one", () => {
      const ran = attempt([...inNamespaces(folder), process.execPath, "--test", fileURLToPath(file)]);
      assert.ok(ran.done, ran.said);
    });
  } else {
    const skip = `no disk may be mounted here (${asRoot.said}; ${within.said})`;
    for (const name of Object.keys(works)) test(name, { skip });
  }
  after(() => rmSync(folder, { recursive: true }));
}

const diskIn = (folder: string): SmallDisk => {
  const ballast = join(folder, "ballast");
  return { folder, fill: () => fill(ballast), free: () => rmSync(ballast) };
};

function fill(path: string): void {
  const file = openSync(path, "w");
  for (const size of [1_048_576, 4_096, 1]) {
    const piece = Buffer.alloc(size);
    try {
      while (writeSync(file, piece) > 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
  closeSync(file);
}

/** Two, one in the other: in the first the user is root and may mount, in the second he is himself, as PostgreSQL wants it. */
const inNamespaces = (folder: string): string[] => {
  const himself = `unshare --user --map-user=${process.getuid?.()} --map-group=${process.getgid?.()} --`;
  const script = `${mount.join(" ")} "$0" && export ${given}="$0" && exec ${himself} "$@"`;
  return ["unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-c", script, folder];
};

function attempt([program = "", ...words]: readonly string[]): { done: boolean; said: string } {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // the tests within are a run of their own
  const { status, error, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", env });
  return { done: status === 0, said: error === undefined ? `${stdout}${stderr}`.trim() : error.message };
}
