import type { Command } from "commander";
import { openLog } from "../log.ts";
import { startServer, version } from "../app.ts";
import { configOf, dataOption, jsonOption, type Overrides } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/** Runs a server until it is stopped. Ends with 1 when its database has ended by itself. */
export function addStart(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("start")
    .description("run the server")
    .addOption(dataOption)
    .option("--host <address>", "address to listen on (HOST, else 127.0.0.1)")
    .option("--port <number>", "port to listen on; 0 takes a free one (PORT, else 8080)")
    .addOption(jsonOption)
    .action(async (options: Overrides & { readonly json?: true }) => {
      const log = openLog("info");
      const server = await startServer(configOf(terminal, options), log, terminal.note);
      try {
        terminal.say(options.json === true ? inJson(server) : inWords(server).join("\n")); // in one piece
        const failed = await Promise.race([server.failed.then(() => true), terminal.stopped.then(() => false)]);
        if (failed) terminal.note("The database has ended, so the server ends too. Start it again.");
        end(failed ? 1 : 0);
      } finally {
        await server.close();
        setTimeout(() => process.exit(), 300).unref(); // whatever still waits for somebody who is away
      }
    });
}

type Running = Awaited<ReturnType<typeof startServer>>;

const inJson = ({ url, demo, dispatch }: Running): string =>
  JSON.stringify({ url, version, demo: demo?.file ?? null, dispatch: dispatch().is });

function inWords({ url, demo }: Running): string[] {
  const ready = `Disburse ${version} is ready at ${url}`;
  if (demo === undefined) return [ready];
  const payout = JSON.stringify({
    handle: `first-${Date.now()}`,
    destination: demo.card,
    amount: 2_000,
    currency: "EUR",
  });
  return [
    ready,
    `The demo merchant's keys are in ${demo.file}. This pays 20.00 EUR to its card, and answers "state":"paid":`,
    "",
    `  curl -u ${demo.privateKey}: -H 'content-type: application/json' -d '${payout}' ${url}/v1/payout`,
    "",
  ];
}
