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
  readonly loseAnswers: string;
  readonly repeatCallbacks: string;
  readonly delayCallbacks: string;
  readonly payTwice: string;
  readonly payAgain: string;
  readonly seed: string;
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
    .option("--lose-answers <share>", "share of its answers that get lost, 0 to 1", "0")
    .option("--repeat-callbacks <share>", "share of its callbacks that are sent twice", "0")
    .option("--delay-callbacks <share>", "share of its callbacks that are sent up to ten seconds late", "0")
    .option("--pay-twice <share>", "share of transfers that it pays twice: a bank to be caught", "0")
    .option(
      "--pay-again <share>",
      "share of references it has seen before that it pays again: a bank without memory",
      "0",
    )
    .option("--seed <number>", "the chance by which it goes wrong", "0")
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
        mood: {
          loseAnswers: shareOf("--lose-answers", options.loseAnswers),
          repeatCallbacks: shareOf("--repeat-callbacks", options.repeatCallbacks),
          delayCallbacks: shareOf("--delay-callbacks", options.delayCallbacks),
          payTwice: shareOf("--pay-twice", options.payTwice),
          payAgain: shareOf("--pay-again", options.payAgain),
          seed: seedOf(options.seed),
        },
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

function shareOf(option: string, text: string): number {
  const share = /^(\d|\d?\.\d+)$/.test(text) ? Number(text) : NaN;
  if (!(share <= 1)) throw new CommandProblem(`${option} must be a number from 0 to 1, such as 0.1, not ${text}.`);
  return share;
}

function seedOf(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new CommandProblem(`--seed must be a whole number of at most 9 digits, not ${text}.`);
  return Number(text);
}
