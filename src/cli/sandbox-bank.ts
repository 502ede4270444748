import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { startSandboxBank } from "../sandbox/server.ts";
import { jsonOption } from "./settings.ts";
import { CommandProblem, type Terminal } from "./terminal.ts";

interface Options {
  readonly port: string;
  readonly host: string;
  readonly dir: string;
  readonly callbackUrl?: string;
  readonly secret?: string;
  readonly json?: true;
}

/** Runs the sandbox bank by itself, until it is stopped. */
export function addSandboxBank(program: Command, terminal: Terminal): void {
  program
    .command("sandbox-bank")
    .description("run the sandbox bank by itself, as a computer of somebody else's")
    .option("--port <number>", "port to listen on; 0 takes a free one", "9090")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--dir <folder>", "folder of its books", "data/sandbox-bank")
    .option("--callback-url <url>", "where it calls back; the server tells it by itself")
    .option("--secret <text>", "signs callbacks (DISBURSE_SANDBOX_SECRET, else made by chance)")
    .addOption(jsonOption)
    .action(async (options: Options) => {
      const callbackSecret =
        options.secret ?? terminal.environment["DISBURSE_SANDBOX_SECRET"] ?? randomBytes(16).toString("hex");
      const { dir, host, callbackUrl } = options;
      const bank = await startSandboxBank({
        dir,
        host,
        port: portOf(options.port),
        callbackUrl,
        callbackSecret,
        log: (line) => terminal.note(line),
      });
      if (options.json === true) terminal.say(JSON.stringify({ url: bank.url, callback_secret: callbackSecret }));
      else {
        terminal.say(`The sandbox bank is at ${bank.url}, its books in ${dir}. A server reaches it with`);
        terminal.say(`  DISBURSE_SANDBOX_BANK_URL=${bank.url} DISBURSE_SANDBOX_SECRET=${callbackSecret}`);
      }
      await terminal.stopped;
      await bank.close();
    });
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new CommandProblem(`--port must be a whole number from 0 to 65535, not ${text}.`);
  return port;
}
