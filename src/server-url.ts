import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "./config.ts";

/** Where a server with these settings is reached, unless its port is 0. */
export const urlOf = ({ host, port }: Pick<Config, "host" | "port">): string =>
  `http://${host.includes(":") ? `[${host}]` : host}:${port}`;

const fileIn = (dataDir: string): string => join(dataDir, "server.url");

/** Leaves word where the server can be reached, for commands beside it; the answer takes it back. */
export function leaveWord(dataDir: string, url: string): () => Promise<void> {
  const file = fileIn(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${url}\n`, { mode: 0o600 });
  return async () => rmSync(file, { force: true });
}

/** Where the server of a data folder said that it is; one that was killed may have left its word. */
export function wordLeft(dataDir: string): string | undefined {
  try {
    return readFileSync(fileIn(dataDir), "utf8").trim();
  } catch {
    return undefined;
  }
}
