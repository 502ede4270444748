import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { root } from "./programs.mjs";

function git(...words) {
  try {
    return execFileSync("git", ["-C", root, ...words], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}

/** Where and with what it is measured. */
export function describeMachine() {
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  return {
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
    node: process.version,
    version,
    commit: git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain") === "" ? "" : " and changes"),
    at: new Date().toISOString(),
  };
}

/** Others' work on the machine is in every figure. */
export const isBusy = ({ loadAverage, cores }) => loadAverage[0] > cores / 2;
