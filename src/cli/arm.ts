import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { startServer } from "../app.ts";
import type { Config } from "../config.ts";
import type { Call } from "../dialects/admin/call.ts";
import { openLog } from "../log.ts";
import { wordLeft } from "../server-url.ts";
import { configOf, dataOption, jsonOption, type Overrides } from "./settings.ts";
import { CommandProblem, table, type Terminal } from "./terminal.ts";

type Options = Overrides & {
  readonly json?: true;
  readonly url?: string;
  readonly reason?: string;
  readonly by?: string;
  readonly force?: true;
};
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Body = any;

/** Has payouts sent again after a restore, by the server that runs on the data folder or at the URL, or else without one. */
export function addArm(program: Command, terminal: Terminal): void {
  program
    .command("arm")
    .description(
      "have payouts sent again after a restore: asks every bank first. Without --reason: tells how it stands",
    )
    .addOption(dataOption)
    .option("--url <url>", "the server to ask (else the one of the data folder, else none is needed)")
    .option("--reason <text>", "why it may be armed; kept for good")
    .option("--by <name>", "who says so")
    .option("--force", "also when a bank did not tell; kept for good")
    .addOption(jsonOption)
    .action(async (options: Options) => {
      const config = configOf(terminal, options);
      const { reason, by, force } = options;
      await withServer(config, options.url, terminal, async (call) => {
        const order = { reason, ...(by !== undefined && { by }), ...(force !== undefined && { force }) };
        const { status, body } = await (reason === undefined
          ? call("GET", "/admin/dispatch")
          : call("POST", "/admin/arm", order));
        if (status !== 200) throw new CommandProblem((body as Body)?.error?.message ?? `the answer was ${status}`);
        for (const line of options.json === true ? [JSON.stringify(body)] : inWords(body)) terminal.say(line);
      });
    });
}

async function withServer(
  config: Config,
  given: string | undefined,
  { note }: Terminal,
  work: (call: Call) => Promise<void>,
): Promise<void> {
  const url = given ?? (await runningOn(config.dataDir));
  if (url !== undefined) return work(callAt(url, config.adminToken ?? read(config.dataDir, "admin.token") ?? ""));
  const server = await startServer({ ...config, demo: false }, openLog("fatal"), note, { deaf: true });
  try {
    await work(server.call);
  } finally {
    await server.close();
  }
}

/** Where the server of a data folder can be reached, if one is there. */
async function runningOn(dataDir: string): Promise<string | undefined> {
  const url = wordLeft(dataDir);
  if (url === undefined) return undefined;
  const answers = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) }).then(
    () => true,
    () => false, // it was killed, and its file is left
  );
  return answers ? url : undefined;
}

const callAt =
  (url: string, token: string): Call =>
  async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { status: answer.status, body: await answer.json() };
  };

function read(dataDir: string, name: string): string | undefined {
  try {
    return readFileSync(join(dataDir, name), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** So many transfers are shown at the terminal; all of them are in GET /admin/dispatch. */
const shown = 50;

function inWords(body: Body): string[] {
  const lines = {
    armed: ["Payouts are sent."],
    asking: [`Nothing is sent over some rails yet: ${body.because}.`],
    frozen: [
      `Nothing is sent: this database is not trusted, because ${body.because}.`,
      `${body.queued_payouts} payouts are queued and go out once it is armed: disburse arm --reason "…"`,
    ],
  }[body.dispatch as "armed" | "asking" | "frozen"];
  const asked = (body.asked?.rails ?? []).map((one: Body) => [
    one.rail,
    String(one.listed),
    String(one.recovered),
    String(one.forgotten),
    String(one.foreign),
  ]);
  if (body.asked !== undefined) {
    lines.push(`Banks were asked for what they have done since ${body.asked.since}:`);
    lines.push(...table([["  rail", "transfers", "caught up", "forgotten here", "of others"], ...asked.map(indent)]));
    for (const problem of body.asked.problems) lines.push(`Armed in spite of: ${problem}`);
  }
  if (body.transfers.length === 0) return lines;
  lines.push(
    `${body.transfers.length === 1_000 ? "1000 or more" : body.transfers.length} transfers that a bank has made and no payout here ` +
      "stands for. A merchant who asks for one again gets it as it is, and nothing is sent:",
  );
  const rows = body.transfers.slice(0, shown).map((one: Body) => {
    return [one.merchant, one.reference, one.status, `${one.amount_minor}`, one.currency, one.at];
  });
  lines.push(...table([["  merchant", "reference", "", "minor units", "", "at"], ...rows.map(indent)]));
  if (body.transfers.length > shown) lines.push("  … and more, in GET /admin/dispatch");
  return lines;
}

const indent = ([first = "", ...rest]: string[]): string[] => [`  ${first}`, ...rest];
