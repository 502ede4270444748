import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { newMasterKey } from "../vault/keys.ts";

const command = fileURLToPath(new URL("../../bin/disburse.mjs", import.meta.url));
/** The server's own processes see none of the settings that tests run with. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("DISBURSE_") && name !== "DATABASE_URL"),
);

/** A server in a process of its own, as `npm start` runs it, on a folder of its own. */
export class Started {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>;

  private constructor(folder: string, child: ChildProcess, output: () => string) {
    this.folder = folder;
    this.child = child;
    this.output = output;
    this.ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  }

  /** Starts it and waits until it says that it is ready. */
  static async open(
    folder = mkdtempSync(join(tmpdir(), "disburse-started-")),
    settings: Record<string, string> = {},
  ): Promise<Started> {
    const child = spawn(process.execPath, [command, "start"], {
      env: { ...environment, DISBURSE_DATA_DIR: folder, PORT: "0", ...settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    const ready = new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (text) => {
          said += String(text);
          if (/is ready at http[^]*\/v1\/payout\n/.test(said)) resolve();
        });
      }
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
    });
    const started = new Started(folder, child, () => said);
    await ready;
    return started;
  }

  /** One on a database of the test's own, in a folder of its own. */
  static on(databaseUrl: string, settings: Record<string, string> = {}): Promise<Started> {
    const key = { DATABASE_URL: databaseUrl, DISBURSE_MASTER_KEY: newMasterKey(randomBytes) };
    return Started.open(undefined, { ...key, ...settings });
  }

  get demo(): {
    url: string;
    admin_token: string;
    merchant: { id: string };
    frisbii: { private_key: string; card: string };
    worldline: { merchant_id: string; key_id: string; secret: string };
    sandbox_bank: string;
  } {
    return JSON.parse(readFileSync(join(this.folder, "demo.json"), "utf8"));
  }

  /** Calls the Frisbii API as the demo merchant. */
  async call(method: string, path: string, body?: object): Promise<{ status: number; body: any; text: string }> {
    const { url, frisbii } = this.demo;
    const authorization = `Basic ${Buffer.from(`${frisbii.private_key}:`).toString("base64")}`;
    const answer = await fetch(url + path, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text), text };
  }

  /** Calls the operator's API. */
  async admin(method: string, path: string, body?: object): Promise<{ status: number; body: any }> {
    const { url, admin_token: token } = this.demo;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(url + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** Ends it, by default as an operator does. Resolves with its exit code. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }

  /** Runs a command of the command line on its folder. */
  async command(...words: string[]): Promise<{ code: number | null; out: string }> {
    const child = spawn(process.execPath, [command, ...words], {
      env: { ...environment, DISBURSE_DATA_DIR: this.folder },
    });
    let out = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (out += String(text)));
    const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
    return { code, out };
  }

  async remove(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
