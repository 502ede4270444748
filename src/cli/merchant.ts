import type { Command } from "commander";
import { minorOf } from "./amount.ts";
import { atDesk, bodyOf, merchantId, type Body, type DeskOptions as Options } from "./at-desk.ts";
import { dataOption, jsonOption } from "./settings.ts";
import { table, type Terminal } from "./terminal.ts";

/** Merchants, without a server or beside one. */
export function addMerchant(program: Command, terminal: Terminal): void {
  const merchant = program.command("merchant").description("make, list and fund merchants");
  const add = (usage: string, description: string) =>
    merchant.command(usage).description(description).addOption(dataOption).addOption(jsonOption);

  add("create <handle>", "make a merchant with a key for each API; the keys are shown this once")
    .requiredOption("--currency <code>", "its account's currency, such as EUR")
    .option("--name <text>", "its name")
    .option("--country <code>", "its country, such as DK")
    .option("--timezone <name>", "its time zone, such as Europe/Copenhagen")
    .option("--worldline-id <digits>", "its Worldline merchant id (otherwise made by chance)")
    .option("--live", "a live merchant: it pays nothing out until it has an agreement")
    .action((handle: string, options: Options & Record<string, string>) =>
      atDesk(terminal, options, async ({ call }) => {
        const { currency, name, country, timezone, worldlineId, live } = options;
        const test = live === undefined;
        const given = { handle, currency, name, country, timezone, worldline_merchant_id: worldlineId, test };
        const members = Object.entries(given).filter(([, value]) => value !== undefined);
        const created = bodyOf(await call("POST", "/admin/merchants", Object.fromEntries(members)), 201);
        return { body: created, lines: credentials(created) };
      }),
    );

  add("list", "list the merchants").action((options: Options) =>
    atDesk(terminal, options, async ({ call }) => {
      const body = bodyOf(await call("GET", "/admin/merchants"));
      const rows = body.merchants.map((one: Body) => [
        one.handle,
        one.id,
        one.currency,
        one.test ? "test" : "live",
        one.name,
      ]);
      return {
        body,
        lines:
          rows.length === 0 ? ["There are no merchants."] : table([["handle", "id", "currency", "", "name"], ...rows]),
      };
    }),
  );

  add(
    "fund <handle> <amount> <currency>",
    "book money that came in, once per reference: fund acme 1000.00 EUR --reference wire-1",
  )
    .requiredOption("--reference <text>", "what the money came with; the same reference is booked once")
    .option("--take-out", "book that the money was taken out instead")
    .action(
      (handle: string, amount: string, currency: string, options: Options & { reference: string; takeOut?: true }) =>
        atDesk(terminal, options, async (desk) => {
          const minor = minorOf(amount, currency);
          const id = await merchantId(desk, handle);
          const funds = {
            reference: options.reference,
            currency,
            amount_minor: options.takeOut === true ? -minor : minor,
          };
          const told = await desk.call("POST", `/admin/merchants/${id}/funds`, funds);
          const body = bodyOf(told, told.status === 201 ? 201 : 200);
          const balance = `${currency} available, in minor units: ${body.balance.available_minor}`;
          return {
            body,
            lines: [body.repeated ? `${options.reference} was booked before. ${balance}` : `Booked. ${balance}`],
          };
        }),
    );
}

const credentials = ({ merchant, frisbii, worldline }: Body): string[] => [
  `Merchant ${merchant.handle} is there. Its keys are shown this once:`,
  ...table([
    ["  Frisbii private key", frisbii.private_key],
    ["  Worldline merchant id", worldline.merchant_id],
    ["  Worldline key id", worldline.key_id],
    ["  Worldline secret", worldline.secret],
  ]),
];
