import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./programs.mjs";

/** The programs that are compared with, and the libraries that they are built on. */
export const folder = join(root, "bench/compare");
const modules = join(folder, "node_modules");
const newEnough = [22, 18]; // for all of them: graphile-worker asks for the most
const patienceMs = 300_000;

const isNewEnough = () => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > newEnough[0] || (major === newEnough[0] && minor >= newEnough[1]);
};

/** When what is installed is what the lock file says, nothing is done. */
function isInstalled(node) {
  const [installed, wanted] = [join(modules, ".package-lock.json"), join(folder, "package-lock.json")];
  return existsSync(installed) && existsSync(node) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

/**
 * Installs the libraries, where npm can, and nothing of theirs is run meanwhile. Tells their versions, and the Node that they can
 * run on: this one, or one that is installed with them. Or `problem`, in words, when they cannot be had.
 */
export async function installLibraries(bench) {
  const own = isNewEnough();
  const node = own ? process.execPath : join(modules, `node-${process.platform}-${process.arch}`, "bin/node");
  if (!isInstalled(node)) {
    bench.progress("installing the libraries to compare with");
    const words = [
      "--loglevel=error",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      ...(own ? ["--omit=optional"] : []),
    ];
    try {
      await promisify(execFile)("npm", ["ci", ...words], { cwd: folder, timeout: patienceMs });
    } catch (error) {
      return { problem: `npm ci in bench/compare failed: ${lastWords(String(error.stderr || error.message))}` };
    }
    if (!existsSync(node))
      return { problem: `they need Node ${newEnough.join(".")}, and npm has none for this machine` };
  }
  const versionOf = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")).version;
  const { stdout } = await promisify(execFile)(node, ["--version"]);
  return { node, nodeVersion: stdout.trim(), versionOf };
}

/** What npm says went wrong, in one line. */
const lastWords = (text) =>
  text
    .split("\n")
    .filter((line) => !/npm warn|complete log/.test(line) && line.trim() !== "")
    .slice(0, 3)
    .map((line) => line.replace(/^npm error /, "").trim())
    .join(", ");
