import type { Readable } from "node:stream";
import { Option, type Command } from "commander";
import { atDesk, bodyOf, merchantId, type DeskOptions } from "./at-desk.ts";
import { dataOption, jsonOption } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/** What became of a merchant's payouts on one day, without a server or beside one. */
export function addReport(program: Command, terminal: Terminal): void {
  program
    .command("report <merchant>")
    .description("report a day for reconciliation: one row for each payout of which something became on it")
    .requiredOption("--date <day>", "the day, such as 2026-01-31, by the clock of the merchant's time zone")
    .addOption(new Option("--format <name>", "how it is written").choices(["csv", "json"]).default("csv"))
    .addOption(dataOption)
    .addOption(jsonOption)
    .action((merchant: string, options: DeskOptions & { date: string; format: string }) =>
      atDesk(terminal, { ...options, json: undefined }, async (desk) => {
        const id = await merchantId(desk, merchant);
        const format = options.json === true ? "json" : options.format;
        const query = new URLSearchParams({ date: options.date, format });
        await sayLines(bodyOf(await desk.call("GET", `/admin/merchants/${id}/report?${query.toString()}`)), terminal);
        return { body: undefined, lines: [] };
      }),
    );
}

/** Says a stream line by line as it comes; however long it is, no more than a page of it is kept. */
async function sayLines(text: Readable, { say }: Terminal): Promise<void> {
  let begun = "";
  for await (const piece of text) {
    const lines = (begun + String(piece)).split("\n");
    begun = lines.pop() ?? "";
    for (const line of lines) say(line);
  }
  if (begun !== "") say(begun);
}
