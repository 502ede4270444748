import type { Command } from "commander";
import type { Told } from "../dialects/services.ts";
import { minorOf } from "./amount.ts";
import { openDesk, type Desk } from "./desk.ts";
import { configOf, dataOption, jsonOption, type Overrides } from "./settings.ts";
import { CommandProblem, table, type Terminal } from "./terminal.ts";

type Options = Overrides & { readonly json?: true };
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Body = any;

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
        atDesk(terminal, options, async ({ call }) => {
          const minor = minorOf(amount, currency);
          const found = bodyOf(await call("GET", `/admin/merchants?handle=${encodeURIComponent(handle)}`));
          const id: string | undefined = found.merchants[0]?.id;
          if (id === undefined) throw new CommandProblem(`There is no merchant ${handle}.`);
          const funds = {
            reference: options.reference,
            currency,
            amount_minor: options.takeOut === true ? -minor : minor,
          };
          const told = await call("POST", `/admin/merchants/${id}/funds`, funds);
          const body = bodyOf(told, told.status === 201 ? 201 : 200);
          const balance = `${currency} available, in minor units: ${body.balance.available_minor}`;
          return {
            body,
            lines: [body.repeated ? `${options.reference} was booked before. ${balance}` : `Booked. ${balance}`],
          };
        }),
    );
}

async function atDesk(
  terminal: Terminal,
  options: Options,
  work: (desk: Desk) => Promise<{ body: unknown; lines: readonly string[] }>,
): Promise<void> {
  const desk = await openDesk(configOf(terminal, options), (line) => terminal.note(line));
  try {
    const { body, lines } = await work(desk);
    for (const line of options.json === true ? [JSON.stringify(body)] : lines) terminal.say(line);
  } finally {
    await desk.close();
  }
}

/** The answer, when it is the one that was hoped for. */
function bodyOf({ status, body }: Told, hoped = 200): Body {
  if (status === hoped) return body;
  throw new CommandProblem((body as Body)?.error?.message ?? `the answer was ${status}`);
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
