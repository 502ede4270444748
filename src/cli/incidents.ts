import { Option, type Command } from "commander";
import { statedOutcomes } from "../flow/resolve.ts";
import { amountText } from "./amount.ts";
import { atDesk, bodyOf, merchantId, type Body, type DeskOptions } from "./at-desk.ts";
import type { Desk } from "./desk.ts";
import { dataOption, jsonOption } from "./settings.ts";
import { CommandProblem, table, type Terminal } from "./terminal.ts";

interface ResolveOptions extends DeskOptions {
  readonly merchant?: string;
  readonly reason: string;
  readonly outcome?: string;
  readonly by?: string;
}

/** What waits for a person, without a server or beside one. */
export function addIncidents(program: Command, terminal: Terminal): void {
  const incidents = program.command("incidents").description("list what waits for a person, and resolve it");
  const add = (usage: string, description: string, isDefault = false) =>
    incidents
      .command(usage, { isDefault })
      .description(description)
      .addOption(dataOption)
      .addOption(jsonOption)
      .option("--merchant <handle>", "of this merchant only");

  add("list", "list the open incidents, oldest first", true)
    .option("--all", "also those that were resolved")
    .action((options: DeskOptions & { merchant?: string; all?: true }) =>
      atDesk(terminal, options, async (desk) => {
        const body = await incidentsOf(desk, options.merchant, options.all === true ? "all" : "open");
        return { body, lines: body.incidents.length === 0 ? ["Nothing waits for anybody."] : tell(body.incidents) };
      }),
    );

  add("resolve <payout>", "say that a payout's incidents are over, and, where that is known, what became of its money")
    .requiredOption("--reason <text>", "why, for whoever reads this later")
    .addOption(
      new Option("--outcome <word>", "paid: its money has left; failed: none of it has").choices(statedOutcomes),
    )
    .option("--by <name>", "who says so")
    .action((payout: string, options: ResolveOptions) =>
      atDesk(terminal, options, async (desk) => {
        const id = await ownerOf(desk, payout, options.merchant);
        const { reason, outcome, by } = options;
        const path = `/admin/merchants/${id}/payouts/${encodeURIComponent(payout)}/resolve`;
        const said = Object.entries({ reason, outcome, by }).filter(([, value]) => value !== undefined);
        const body = bodyOf(await desk.call("POST", path, Object.fromEntries(said)));
        return { body, lines: [`${payout} is ${body.state}, and waits for nobody any more.`] };
      }),
    );
}

async function incidentsOf(desk: Desk, merchant: string | undefined, state: "open" | "all"): Promise<Body> {
  const at = merchant === undefined ? "/admin" : `/admin/merchants/${await merchantId(desk, merchant)}`;
  return bodyOf(await desk.call("GET", `${at}/incidents?state=${state}`));
}

/** The merchant of the payout of that handle that has an open incident, when there is one. */
async function ownerOf(desk: Desk, payout: string, merchant: string | undefined): Promise<string> {
  if (merchant !== undefined) return merchantId(desk, merchant);
  const { incidents } = await incidentsOf(desk, undefined, "open");
  const fitting = (incidents as Body[]).filter((incident) => incident.payout === payout);
  const [owner, another] = new Set(fitting.map((incident) => String(incident.merchant)));
  if (owner === undefined) throw new CommandProblem(`No payout ${payout} has an open incident.`);
  if (another === undefined) return owner;
  const handles = [...new Set(fitting.map((incident) => String(incident.merchant_handle)))];
  throw new CommandProblem(`Several merchants have a payout ${payout}: say --merchant ${handles.join(" or ")}.`);
}

function tell(incidents: readonly Body[]): string[] {
  const rows = incidents.map((one) => [
    one.merchant_handle,
    one.payout,
    one.kind,
    one.state,
    amountText(one.amount_minor, one.currency),
    one.at,
    one.resolved === null ? factsText(one.facts) : `resolved by ${one.resolved.by}: ${one.resolved.reason}`,
  ]);
  return table([["merchant", "payout", "incident", "payout is", "amount", "since", ""], ...rows]);
}

const factsText = (facts: Readonly<Record<string, string>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
