import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { atEnd } from "./cleanup.mjs";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Node's flags, as the first line of the command has them. */
const command = join(root, "bin/disburse.mjs");
export const usualFlags = /^#!.* node (.*)\n/.exec(readFileSync(command, "utf8"))[1].split(" ");

/** Our own settings are not for what we start. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("DISBURSE_") && name !== "DATABASE_URL"),
);

/** Starts a command of the product and waits for the line of JSON that it says when it is ready. */
export const startProgram = (words, { flags = [], ...options } = {}) =>
  startFile(command, [...words, "--json"], { ...options, flags: [...usualFlags, ...flags] });

/** The same with any program that says such a line. `flags` are Node's; `node`: another Node than this one. */
export async function startFile(file, words, { env = {}, flags = [], node = process.execPath } = {}) {
  const child = spawn(node, [...flags, file, ...words], {
    env: { ...environment, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = atEnd(async () => {
    const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
    child.kill("SIGTERM");
    child.kill("SIGCONT"); // it may be paused
    await ended;
    clearTimeout(late);
  });
  const startedAt = performance.now();
  let said = "";
  let troubles = "";
  child.stderr.on("data", (text) => (troubles = (troubles + String(text)).slice(-20_000)));
  const ready = await new Promise((resolve, reject) => {
    child.stdout.on("data", (text) => {
      if (said.includes("\n")) return;
      said += String(text);
      if (said.includes("\n")) resolve(JSON.parse(said.slice(0, said.indexOf("\n"))));
    });
    void ended.then((code) =>
      reject(new Error(`${[file, ...words].join(" ")} ended with ${code}:\n${said}${troubles}`)),
    );
  });
  const startSeconds = (performance.now() - startedAt) / 1_000;
  const pause = () => child.kill("SIGSTOP");
  const goOn = () => child.kill("SIGCONT");
  return { ...ready, pid: child.pid, startSeconds, stop, pause, goOn, troubles: () => troubles };
}
