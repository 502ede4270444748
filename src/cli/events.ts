import type { Command } from "commander";
import { atDesk, bodyOf, merchantId, type Body, type DeskOptions } from "./at-desk.ts";
import { dataOption, jsonOption } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

interface Options extends DeskOptions {
  readonly after?: string;
  readonly size: string;
  readonly follow?: true;
}

/** Everything that happened to a merchant's payouts and customers, in order, without a server or beside one. */
export function addEvents(program: Command, terminal: Terminal): void {
  program
    .command("events <merchant>")
    .description("list what happened, oldest first; each line ends with the place to go on from")
    .option("--after <place>", "go on from here (otherwise from the first event)")
    .option("--size <count>", "so many at most, 1 to 1000", "100")
    .option("--follow", "go on, and wait for what happens, until Ctrl-C")
    .addOption(dataOption)
    .addOption(jsonOption)
    .action((merchant: string, options: Options) =>
      atDesk(terminal, { ...options, json: undefined }, async (desk) => {
        const path = `/admin/merchants/${await merchantId(desk, merchant)}/events`;
        const stop = new AbortController();
        void terminal.stopped.then(() => stop.abort());
        let after = options.after;
        do {
          const query = new URLSearchParams({ size: options.size });
          if (after !== undefined) query.set("after", after);
          if (options.follow === true) query.set("wait_seconds", "1");
          const page = bodyOf(await desk.call("GET", `${path}?${query.toString()}`));
          for (const event of page.events) terminal.say(options.json === true ? JSON.stringify(event) : inWords(event));
          if (after === undefined && page.events.length === 0 && options.follow !== true)
            terminal.note("Nothing has happened yet.");
          after = page.next as string;
        } while (options.follow === true && !stop.signal.aborted);
        return { body: undefined, lines: [] };
      }),
    );
}

const inWords = (event: Body): string =>
  [event.at, event.type, event.payout ?? event.payment_method ?? "", event.state ?? "", event.customer, event.position]
    .filter((word) => word !== "")
    .join("  ");
