import type { Command } from "commander";
import { atDesk, bodyOf, merchantId, type DeskOptions } from "./at-desk.ts";
import { dataOption, jsonOption } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/** What is owed to a person whose data a merchant keeps, without a server or beside one. */
export function addCustomer(program: Command, terminal: Terminal): void {
  const customer = program.command("customer").description("hand out, or destroy, what is kept of a person");
  const add = (usage: string, description: string) =>
    customer.command(usage).description(description).addOption(dataOption);
  const pathOf = (id: string, handle: string) => `/admin/merchants/${id}/customers/${encodeURIComponent(handle)}`;

  add("export <merchant> <handle>", "all that is kept of a customer, as JSON; card numbers are masked").action(
    (merchant: string, handle: string, options: DeskOptions) =>
      atDesk(terminal, options, async (desk) => {
        const body = bodyOf(await desk.call("GET", pathOf(await merchantId(desk, merchant), handle)));
        return { body, lines: [JSON.stringify(body, undefined, 2)] };
      }),
  );

  add(
    "erase <merchant> <handle>",
    "delete a customer for good, and destroy their personal data; payouts and ledger stay",
  )
    .addOption(jsonOption)
    .requiredOption("--reason <text>", "why, for whoever reads this later")
    .option("--by <name>", "who says so")
    .action((merchant: string, handle: string, options: DeskOptions & { reason: string; by?: string }) =>
      atDesk(terminal, options, async (desk) => {
        const { reason, by } = options;
        const path = `${pathOf(await merchantId(desk, merchant), handle)}/erase`;
        const body = bodyOf(await desk.call("POST", path, by === undefined ? { reason } : { reason, by }));
        const cards = `${body.erased_cards} cards destroyed, the texts of ${body.cleared_payouts} payouts taken away`;
        return { body, lines: [`${handle} is erased: ${cards}. Payouts and ledger are as they were.`] };
      }),
    );
}
