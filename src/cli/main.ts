import { randomBytes } from "node:crypto";
import { Command, CommanderError } from "commander";
import { version } from "../app.ts";
import { newMasterKey } from "../vault/keys.ts";
import { addArm } from "./arm.ts";
import { addCheck } from "./check.ts";
import { addCustomer } from "./customer.ts";
import { addEvents } from "./events.ts";
import { addIncidents } from "./incidents.ts";
import { addMerchant } from "./merchant.ts";
import { addReport } from "./report.ts";
import { addSandboxBank } from "./sandbox-bank.ts";
import { addStart } from "./start.ts";
import { isProblem, type Terminal } from "./terminal.ts";
import { addVault } from "./vault.ts";
import { addWebhook } from "./webhook.ts";

/** The command line of this process. */
export async function main(argv: readonly string[]): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve()); // a second one ends us at once
  });
  const terminal: Terminal = {
    say: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    environment: process.env,
    stopped,
  };
  process.exitCode = await runCommand(argv.slice(2), terminal);
  setTimeout(() => process.exit(), leaveWithinMs).unref();
}

/** Everything has been closed: what still waits for a bank or a database that does not answer is not waited for. */
const leaveWithinMs = 1_000;

/** Runs one command and returns its exit code: 0 done, 1 not done, and where a command says so, more. */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  let code = 0;
  const end = (with_: number) => (code = with_);
  try {
    await programOf(terminal, end).parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // it has said what was wrong
    const json = words.includes("--json");
    if (json)
      terminal.say(JSON.stringify({ error: { message: error instanceof Error ? error.message : String(error) } }));
    terminal.note(
      isProblem(error) ? error.message : `A fault of Disburse: ${error instanceof Error ? error.stack : String(error)}`,
    );
    return Math.max(code, 1);
  }
}

function programOf(terminal: Terminal, end: (code: number) => void): Command {
  const program = new Command("disburse")
    .description("a payout server: takes payouts on, pays each once, and says what became of it")
    .version(version, "-v, --version", "tell the version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.say(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .showHelpAfterError("(add --help to see what can be said)");
  addStart(program, terminal, end);
  addArm(program, terminal);
  addCheck(program, terminal, end);
  addMerchant(program, terminal);
  addCustomer(program, terminal);
  addIncidents(program, terminal);
  addWebhook(program, terminal);
  addEvents(program, terminal);
  addReport(program, terminal);
  addSandboxBank(program, terminal);
  addVault(program, terminal, end);
  program
    .command("key")
    .description("make a master key, a line for DISBURSE_MASTER_KEY")
    .action(() => terminal.say(newMasterKey(randomBytes)));
  return program;
}
