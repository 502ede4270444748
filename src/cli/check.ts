import type { Command } from "commander";
import { checkBooks, invariants, type Finding } from "../store/check.ts";
import { explainBooks, openBooks } from "./books.ts";
import { configOf, dataOption, jsonOption } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

/** Ends with 0 when all invariants hold, with 1 when one does not, and with 2 when that could not be found out. */
export function addCheck(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("check")
    .description("hold the books against every invariant, in one snapshot; also beside a running server")
    .addOption(dataOption)
    .addOption(jsonOption)
    .option("--no-live", "do not ask whether work goes on (for a database whose servers are stopped)")
    .action(async (options: { data?: string; json?: true; live: boolean }) => {
      const { environment } = terminal;
      // Nothing that is sealed is opened here, so whoever checks needs no key.
      const unneeded = { DISBURSE_MASTER_KEY: environment["DISBURSE_MASTER_KEY"] || "not needed" };
      const config = configOf({ ...terminal, environment: { ...environment, ...unneeded } }, options);
      end(2);
      const books = await openBooks(config, () => {});
      const live = books.live && options.live;
      try {
        const findings = (await checkBooks(books.url, live).catch(explainBooks)).map(readable);
        tell(terminal, findings, live, options.json === true);
        end(findings.length === 0 ? 0 : 1);
      } finally {
        await books.close();
      }
    });
}

function tell({ say }: Terminal, findings: readonly Finding[], live: boolean, json: boolean): void {
  const asked = invariants.filter((invariant) => live || invariant.live !== true).length;
  if (json) return say(JSON.stringify({ ok: findings.length === 0, invariants: asked, live, findings }));
  for (const { invariant, says, count, rows } of findings) {
    say(`${invariant} does not hold: ${says}.`);
    say(`  ${count} ${count === 1 ? "case" : "cases"}${count > rows.length ? `, of which ${rows.length}` : ""}:`);
    for (const row of rows) say(`  - ${Object.entries(row).map(figure).join(", ")}`);
  }
  const idle = live ? "" : " Whether work goes on was not asked: no server runs on these books.";
  say(
    findings.length === 0
      ? `All ${asked} invariants hold.${idle}`
      : `${findings.length} of ${asked} invariants do not hold.`,
  );
}

/** With instants as people write them; they come as milliseconds since 1970. */
const readable = (finding: Finding): Finding => ({
  ...finding,
  rows: finding.rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, instantOr(name, value)])),
  ),
});

const instantOr = (name: string, value: unknown): unknown =>
  name.endsWith("_at") && typeof value === "number" ? new Date(value).toISOString() : value;

const figure = ([name, value]: [string, unknown]): string =>
  `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`;
