// Compiles src/ and client/src/ into dist/ and client/dist/, each when a source is newer than its last build. A published package
// ships dist/ and skips this.
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const projects = [root, join(root, "client")];
const stampOf = (project) => join(project, "dist", ".built");

function newestSource(project) {
  const files = readdirSync(join(project, "src"), { recursive: true }).map((name) => join(project, "src", String(name)));
  const settings = [join(root, "tsconfig.json"), join(project, "tsconfig.json")];
  return Math.max(...[...files, ...settings].map((file) => statSync(file).mtimeMs));
}

const isStale = (project) =>
  !existsSync(stampOf(project)) || statSync(stampOf(project)).mtimeMs < newestSource(project);

/** Builds when asked to or when stale. Says so, with the seconds it took, because a first start waits for it. */
export async function buildIfStale({ force = false } = {}) {
  const stale = projects.filter((project) => existsSync(join(project, "src")) && (force || isStale(project)));
  if (stale.length === 0) return;
  const startedAt = Date.now();
  process.stderr.write("building …");
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const complaints = await Promise.all(stale.map((project) => compile(compiler, project)));
  if (complaints.some((complaint) => complaint !== null)) {
    process.stderr.write(`\n${complaints.filter((complaint) => complaint !== null).join("")}`);
    process.exit(1);
  }
  const builtFrom = new Date(startedAt);
  for (const project of stale) {
    writeFileSync(stampOf(project), "");
    utimesSync(stampOf(project), builtFrom, builtFrom); // a file saved while compiling is newer, and is built next time
  }
  process.stderr.write(` done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

/** Null, or what the compiler has to say against it. */
function compile(compiler, project) {
  rmSync(join(project, "dist"), { recursive: true, force: true });
  const child = spawn(process.execPath, [compiler, "-p", join(project, "tsconfig.json"), "--noCheck"]);
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (out += String(text)));
  return new Promise((resolve) => child.once("close", (status) => resolve(status === 0 ? null : out)));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildIfStale({ force: process.argv.includes("--force") });
}
