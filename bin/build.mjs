// Compiles src/ into dist/ when a source is newer than the last build. A published package ships dist/ and skips this.
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "dist", ".built");

function newestSource() {
  const files = readdirSync(join(root, "src"), { recursive: true }).map((name) => join(root, "src", String(name)));
  return Math.max(...[...files, join(root, "tsconfig.json")].map((file) => statSync(file).mtimeMs));
}

/** Builds when asked to or when stale. Says so, with the seconds it took, because a first start waits for it. */
export function buildIfStale({ force = false } = {}) {
  if (!existsSync(join(root, "src"))) return;
  const startedAt = Date.now();
  if (!force && existsSync(stamp) && statSync(stamp).mtimeMs >= newestSource()) return;
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  rmSync(join(root, "dist"), { recursive: true, force: true });
  process.stderr.write("building …");
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.json"), "--noCheck"], {
    encoding: "utf8",
  });
  if (status !== 0) {
    process.stderr.write(`\n${stdout}`);
    process.exit(1);
  }
  writeFileSync(stamp, "");
  const builtFrom = new Date(startedAt);
  utimesSync(stamp, builtFrom, builtFrom); // a file saved while compiling is newer, and is built next time
  process.stderr.write(` done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  buildIfStale({ force: process.argv.includes("--force") });
}
