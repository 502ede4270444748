import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readConfig, ConfigFault, variables } from "./config.ts";
import { amounts } from "./sandbox/amounts.ts";
import { switches } from "./sandbox/switches.ts";

const doc = (name: string): string => readFileSync(new URL(`../docs/${name}`, import.meta.url), "utf8");

/** The rows of all tables of a page whose first cell fits, as trimmed cells. */
const rowsOf = (name: string, first: RegExp): string[][] =>
  [...doc(name).matchAll(/^\|(.+)\|$/gm)]
    .map(([, row]) => row!.split("|").map((cell) => cell.trim()))
    .filter(([cell]) => first.test(cell!));
const code = (cell: string): string => cell.replaceAll("`", "");

test("the table of settings names every setting", () => {
  const documented = rowsOf("configuration.md", /^`[A-Z_]+`$/).map(([name]) => code(name!));
  assert.deepEqual(documented.toSorted(), [...variables].sort());
});

test("npm start gives Node the flags that the command gives it", () => {
  const [, flags] = /^#!.* node (.+)\n/.exec(readFileSync(new URL("../bin/disburse.mjs", import.meta.url), "utf8"))!;
  const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    scripts: Record<string, string>;
  };
  assert.equal(scripts["start"], `node ${flags!} bin/disburse.mjs start`);
});

test("all faulty settings are told at once, each with what it must be", () => {
  const environment = {
    PORT: "eighty",
    DATABASE_URL: "mysql://x",
    DISBURSE_ADMIN_TOKEN: "short",
    DISBURSE_DATADIR: "x",
  };
  assert.throws(
    () => readConfig(environment),
    (error) => {
      assert.ok(error instanceof ConfigFault);
      for (const word of [
        "PORT must be",
        "DATABASE_URL must be",
        "DISBURSE_ADMIN_TOKEN must have",
        "DISBURSE_DATADIR is not a setting",
      ]) {
        assert.ok(error.message.includes(word), `${word} in ${error.message}`);
      }
      return true;
    },
  );
});

test("what the URL of the database says about prepared statements is yes, no or nothing", () => {
  const read = (query: string) =>
    readConfig({ DATABASE_URL: `postgres://localhost/x${query}`, DISBURSE_MASTER_KEY: "some key" }).databaseUrl;
  assert.throws(() => read("?prepared=perhaps"), /DATABASE_URL must say \?prepared=yes or \?prepared=no/);
  assert.equal(read("?prepared=no"), "postgres://localhost/x?prepared=no");
});

test("the networks that webhooks may go to are told apart from what are none, all at once", () => {
  const read = (text: string) => readConfig({ DISBURSE_WEBHOOK_ALLOW: text }).webhookAllow;
  assert.deepEqual(read("10.20.0.0/16, 192.168.1.9,fd00::/8"), ["10.20.0.0/16", "192.168.1.9", "fd00::/8"]);
  assert.deepEqual(read(""), []);
  assert.throws(
    () => read("10.0.0.0/8,10.1.2.3/8,intranet,10.0.0.0/33,,fe80::%eth0/10"),
    /DISBURSE_WEBHOOK_ALLOW must be networks .* is not: 10\.1\.2\.3\/8 \(.*\), intranet, 10\.0\.0\.0\/33, , fe80::%eth0\/10$/m,
  );
  assert.throws(() => read("10.0.0.0/8,127.0.0.1,::1/128"), /must not open loopback: 127\.0\.0\.1, ::1\/128/);
});

test("a database of one's own needs a master key of one's own", () => {
  assert.throws(() => readConfig({ DATABASE_URL: "postgres://localhost/x" }), /DISBURSE_MASTER_KEY must be set/);
});

test("the table of switches is the bank's own", () => {
  const documented = rowsOf("sandbox.md", /^`sandbox:/).map(([name, says]) => [
    code(name!).replace("sandbox:", ""),
    says,
  ]);
  assert.deepEqual(documented, Object.entries(switches));
});

test("the table of amounts is the bank's own", () => {
  const documented = new Map(rowsOf("sandbox.md", /^\d{4}$/).map(([amount, says]) => [Number(amount), says]));
  const words = { paid: "paid", silence: "no answer, and nothing booked", error: "HTTP 500, and nothing booked" };
  for (const [amount, outcome] of amounts) {
    const says =
      typeof outcome === "string" ? words[outcome] : `declined: \`${outcome.error}\`, \`${outcome.errorState}\``;
    assert.equal(documented.get(amount), says);
  }
  assert.equal(documented.size, amounts.size);
});
