import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

/** Writes a file that only its owner can read, whole or not at all. Without `overwrite` a file that is there stays as it is. */
export function saveSecret(file: string, text: string, { overwrite }: { overwrite: boolean }): void {
  const draft = `${file}.${process.pid}.new`;
  const handle = openSync(draft, "w", 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  if (overwrite) return renameSync(draft, file);
  try {
    linkSync(draft, file); // fails when the file is there: two starts at once agree on one
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft);
  }
}
