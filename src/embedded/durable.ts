import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Account, give } from "./account.ts";

/** Writes a private file (0600). A crash leaves the old one or the new one, whole. */
export function writePrivately(path: string, text: string, owner: Account): void {
  const draft = `${path}.new`;
  rmSync(draft, { force: true }); // a crash left it
  writeFileSync(draft, text, { mode: 0o600, flag: "wx", flush: true });
  give(draft, owner);
  renameDurably(draft, path);
}

/** Renames, and returns when the new name is on disk. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  const folder = openSync(dirname(to), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
