import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../bin/disburse.mjs", import.meta.url));

/** What `disburse check` finds, in words; as an operator runs it, in a process of its own. */
export async function checkBooks(url: string): Promise<string[]> {
  const child = spawn(process.execPath, [command, "check", "--json"], {
    env: { PATH: process.env["PATH"], DATABASE_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (text: Buffer) => (said += text.toString()));
  await new Promise((resolve) => child.once("close", resolve));
  const { findings } = JSON.parse(said) as {
    findings: { invariant: string; says: string; count: number; rows: object[] }[];
  };
  return findings.map(
    ({ invariant, says, count, rows }) => `${invariant}: ${says}; ${count} times, such as ${JSON.stringify(rows[0])}`,
  );
}
