import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { openScratch } from "../embedded/scratch.ts";
import { newMasterKey } from "../vault/keys.ts";
import { accept, answer, rules, World } from "../testing/world.ts";
import { runCommand } from "./main.ts";

let world: World;
before(async () => {
  world = await World.open();
});
after(() => world.close());

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;
const masterKey = newMasterKey(randomBytes);

/** Runs a command on the test's database, and returns what it ended with and said. */
async function disburse(words: string[], environment: Record<string, string> = {}, stopped = Promise.resolve()) {
  const [said, noted]: [string[], string[]] = [[], []];
  const settings = {
    DATABASE_URL: world.url,
    DISBURSE_MASTER_KEY: masterKey,
    DISBURSE_ADMIN_TOKEN: "a token of twenty-four characters",
    DISBURSE_UNSAFE_DURABILITY: "yes",
    DISBURSE_DEMO: "no",
    ...environment,
  };
  const code = await runCommand(words, {
    say: (line) => said.push(line),
    note: (line) => noted.push(line),
    environment: settings,
    stopped,
  });
  return { code, said: said.join("\n"), noted: noted.join("\n"), json: (): Json => JSON.parse(said.join("\n")) };
}

test("a merchant is made, listed and funded without a server", async () => {
  const made = await disburse(["merchant", "create", "acme", "--currency", "EUR", "--name", "Acme", "--json"]);
  assert.equal(made.code, 0, made.noted);
  assert.equal(made.json().merchant.name, "Acme");
  assert.match(made.json().frisbii.private_key, /^priv_/);
  const listed = await disburse(["merchant", "list"]);
  assert.match(listed.said, /^handle +id +currency +name\nacme +\d+ +EUR +test +Acme$/m);
  const fund = ["merchant", "fund", "acme", "1000.50", "EUR", "--reference", "wire-1"];
  assert.equal((await disburse(fund)).said, "Booked. EUR available, in minor units: 100050");
  assert.equal((await disburse(fund)).said, "wire-1 was booked before. EUR available, in minor units: 100050");
  const out = await disburse(["merchant", "fund", "acme", "0.50", "EUR", "--take-out", "--reference", "out", "--json"]);
  assert.equal(out.json().balance.available_minor, 100_000);
  const second = await disburse(["merchant", "create", "second", "--currency", "JPY", "--live"]);
  assert.match(second.said, /shown this once:\n {2}Frisbii private key +priv_/);
});

test("what cannot be done is said in plain words", async () => {
  const cases: [string[], RegExp][] = [
    [["merchant", "create", "acme", "--currency", "EUR"], /^another merchant has this handle$/],
    [["merchant", "create", "x", "--currency", "euro"], /^currency must be an ISO 4217 currency in capitals$/],
    [["merchant", "fund", "nobody", "1.00", "EUR", "--reference", "r"], /^There is no merchant nobody\.$/],
    [
      ["merchant", "fund", "acme", "1.005", "EUR", "--reference", "r"],
      /^1\.005 is not an amount of EUR: write it like 125\.00\.$/,
    ],
    [["merchant", "fund", "acme", "1.0", "JPY", "--reference", "r"], /write it like 125\.$/],
    [
      ["merchant", "fund", "acme", "99999999", "EUR", "--take-out", "--reference", "r"],
      /^the balance would fall below its floor$/,
    ],
    [["merchant", "fund", "acme", "1.00", "EUR"], /required option '--reference <text>' not specified\n.*--help/],
    [["merchant", "dance"], /unknown command 'dance'/],
    [["sandbox-bank", "--port", "70000"], /^--port must be a whole number from 0 to 65535, not 70000\.$/],
  ];
  for (const [words, expected] of cases) {
    const { code, noted } = await disburse(words);
    assert.equal(code, 1, words.join(" "));
    assert.match(noted, expected);
  }
  const json = await disburse(["merchant", "fund", "nobody", "1.00", "EUR", "--reference", "r", "--json"]);
  assert.deepEqual([json.code, json.json()], [1, { error: { message: "There is no merchant nobody." } }]);
  const settings = await disburse(["merchant", "list"], { PORT: "many", DISBURSE_LIMITS: "none" });
  assert.equal(settings.code, 1);
  assert.match(settings.noted, /PORT must be .*\n {2}DISBURSE_LIMITS must be/);
});

test("what waits for a person is listed, and resolved with a reason and an outcome", async () => {
  const { id } = await world.merchant();
  const merchant = { id, ...(await methodOf(id)) };
  for (const handle of ["odd", "silent"]) {
    const sent = await world.commit(accept(merchant, handle));
    const mute = { ...rules, class: "neither", fences: false } as const;
    await world.commit(answer(sent, handle === "odd" ? "declined" : "unanswered", { rules: mute }));
    if (handle === "odd") await world.commit(answer(sent, "paid", { source: "statement" }));
  }
  const listed = await disburse(["incidents"]);
  assert.match(listed.said, /^merchant +payout +incident +payout is +amount +since\n/);
  assert.match(
    listed.said,
    /^merchant-\d+ +odd +contradiction +failed +100\.00 EUR .*source statement.* verdict paid$/m,
  );
  assert.match(listed.said, /^merchant-\d+ +silent +silence +in_doubt +100\.00 EUR /m);
  const json = await disburse(["incidents", "list", "--json", "--merchant", `merchant-${id}`]);
  assert.deepEqual(
    json.json().incidents.map(({ payout }: Json) => payout),
    ["odd", "silent"],
  );

  const resolve = (payout: string, ...more: string[]) => disburse(["incidents", "resolve", payout, ...more]);
  assert.match((await resolve("odd")).noted, /required option '--reason <text>' not specified/);
  assert.match((await resolve("odd", "--reason", "x", "--outcome", "maybe")).noted, /Allowed choices are paid, failed/);
  assert.match((await resolve("nothing", "--reason", "x")).noted, /^No payout nothing has an open incident\.$/);
  const paid = await resolve("odd", "--reason", "on the bank's statement", "--outcome", "paid", "--by", "ada");
  assert.equal(paid.said, "odd is paid, and waits for nobody any more.", paid.noted);
  const failed = await resolve("silent", "--reason", "not on it", "--outcome", "failed", "--json");
  assert.deepEqual([failed.json().state, failed.json().frozen], ["failed", false]);
  assert.equal((await disburse(["incidents"])).said, "Nothing waits for anybody.");
  assert.match((await disburse(["incidents", "--all"])).said, /odd .* resolved by ada: on the bank's statement$/m);
});

test("two merchants may have payouts of one handle: which is meant has to be said", async () => {
  for (let number = 0; number < 2; number += 1) {
    const { id } = await world.merchant();
    const sent = await world.commit(accept({ id, ...(await methodOf(id)) }, "both"));
    for (const verdict of ["declined", "paid"] as const)
      await world.commit(answer(sent, verdict, { source: "inquiry" }));
  }
  const { code, noted } = await disburse(["incidents", "resolve", "both", "--reason", "x"]);
  assert.equal(code, 1);
  const [, first] =
    /^Several merchants have a payout both: say --merchant (merchant-\d+) or merchant-\d+\.$/.exec(noted) ?? [];
  assert.ok(first, noted);
  const one = await disburse(["incidents", "resolve", "both", "--reason", "x", "--merchant", first]);
  assert.equal(one.said, "both is failed, and waits for nobody any more.", one.noted);
});

test("check holds the books against every invariant, and ends with 1 when one does not hold", async () => {
  const { id } = await world.merchant();
  await world.commit(accept({ id, ...(await methodOf(id)) }, "late"));
  const good = await disburse(["check"], { DISBURSE_MASTER_KEY: "" });
  assert.equal(good.code, 0, good.said);
  assert.match(good.said, /^All \d+ invariants hold\.$/);
  await world.db.query("update payouts set next_at = '2026-01-01T00:00Z' where handle = 'late'");
  const bad = await disburse(["check"]);
  assert.equal(bad.code, 1);
  assert.match(
    bad.said,
    /^nothing_is_overdue does not hold: .*\n {2}1 case:\n {2}- merchant_id \d+, .*next_at 2026-01-01T00:00:00.000Z/,
  );
  const json = await disburse(["check", "--json"]);
  assert.deepEqual([json.code, json.json().ok, json.json().findings[0].invariant], [1, false, "nothing_is_overdue"]);
  const idle = await disburse(["check", "--no-live"]);
  assert.equal(idle.code, 0);
  assert.match(idle.said, /Whether work goes on was not asked/);
  await world.db.query("update payouts set next_at = now() where handle = 'late'");
});

async function methodOf(merchantId: string): Promise<{ methodId: string; vaultId: string }> {
  const { rows } = await world.db.query("select id, vault_id from payment_methods where merchant_id = $1", [
    merchantId,
  ]);
  return { methodId: rows[0].id, vaultId: rows[0].vault_id };
}

test("check ends with 2 when there is nothing to check", async (t) => {
  const empty = openScratch(t);
  const nothing = await disburse(["check", "--data", empty], { DATABASE_URL: "" });
  assert.equal(nothing.code, 2);
  assert.match(nothing.noted, /^There is no database in .*--data, or set DATABASE_URL\.$/);
  const other = new URL(world.url);
  other.pathname = "/postgres";
  const foreign = await disburse(["check"], { DATABASE_URL: other.toString() });
  assert.equal(foreign.code, 2);
  assert.match(foreign.noted, /^This database has no books of this release/);
});

test("commands start the database of a data folder for as long as they take, and work beside a server that runs on it", async (t) => {
  const data = openScratch(t);
  const here = { DATABASE_URL: "", DISBURSE_MASTER_KEY: "", DISBURSE_DATA_DIR: data };
  const made = await disburse(["merchant", "create", "home", "--currency", "DKK"], here);
  assert.equal(made.code, 0, made.noted);
  const idle = await disburse(["check", "--json"], here);
  assert.deepEqual([idle.code, idle.json().live], [0, false]);

  const { promise, resolve } = withResolvers();
  const said: string[] = [];
  const environment = { DISBURSE_DATA_DIR: data, PORT: "0", DISBURSE_DEMO: "no" };
  const server = runCommand(["start", "--json"], {
    say: (line) => said.push(line),
    note: () => {},
    environment,
    stopped: promise,
  });
  while (said.length === 0) await new Promise((next) => setTimeout(next, 50));
  const { url } = JSON.parse(said[0]!);
  assert.equal((await fetch(`${url}/health`)).status, 200);
  const fund = ["merchant", "fund", "home", "5.00", "DKK", "--reference", "beside"];
  assert.equal((await disburse(fund, here)).said, "Booked. DKK available, in minor units: 500");
  const live = await disburse(["check", "--json"], here);
  assert.deepEqual([live.code, live.json().live, live.json().findings], [0, true, []]);
  resolve();
  assert.equal(await server, 0);
});

test("the sandbox bank runs by itself until it is stopped", async (t) => {
  const { promise, resolve } = withResolvers();
  const bank = disburse(
    ["sandbox-bank", "--port", "0", "--dir", `${openScratch(t)}/bank`, "--secret", "s", "--json"],
    {},
    promise,
  );
  setTimeout(resolve, 300);
  const { code, json } = await bank;
  assert.equal(code, 0);
  assert.match(json().url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(json().callback_secret, "s");
});

test("the version is told", async () => {
  const { code, said } = await disburse(["--version"]);
  assert.equal(code, 0);
  assert.match(said, /^\d+\.\d+\.\d+$/);
});

test("a master key is made that a server takes", async () => {
  const { code, said } = await disburse(["key"]);
  assert.equal(code, 0);
  assert.match(said, /^k[0-9a-f]{8}:[0-9a-f]{64}$/);
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
