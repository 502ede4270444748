import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { newMasterKey } from "../vault/keys.ts";
import { accept, answer, World, type TestMerchant } from "../testing/world.ts";
import { runCommand } from "./main.ts";

let world: World;
let merchant: TestMerchant;
let handle: string;
before(async () => {
  world = await World.open();
  merchant = await world.merchant();
  handle = `merchant-${merchant.id}`;
});
after(() => world.close());

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;
const masterKey = newMasterKey(randomBytes);

/** Runs a command on the test's database, and returns what it ended with and said. */
async function disburse(words: string[], heard: (line: string) => void = () => {}, stopped = Promise.resolve()) {
  const [said, noted]: [string[], string[]] = [[], []];
  const environment = {
    DATABASE_URL: world.url,
    DISBURSE_MASTER_KEY: masterKey,
    DISBURSE_ADMIN_TOKEN: "a token of twenty-four characters",
    DISBURSE_UNSAFE_DURABILITY: "yes",
    DISBURSE_DEMO: "no",
  };
  const say = (line: string) => {
    said.push(line);
    heard(line);
  };
  const code = await runCommand(words, { say, note: (line) => noted.push(line), environment, stopped });
  return { code, said, noted: noted.join("\n"), json: (): Json => JSON.parse(said.join("\n")) };
}

test("endpoints are added, listed, given a new secret, sent to again and removed without a server", async () => {
  const url = "https://shop.example/hook";
  assert.deepEqual((await disburse(["webhook", "list", handle])).said, ["Nobody is told."]);
  const added = await disburse(["webhook", "add", handle, url, "--events", "payout.paid", "--header", "X-Team: pay"]);
  assert.equal(added.code, 0, added.noted);
  assert.match(
    added.said.join("\n"),
    /^Endpoint \d+ is told from now on\.\n.*once:\n {2}key id +\w+\n {2}secret +whsec_\S{44}$/,
  );
  const [one] = (await disburse(["webhook", "list", handle, "--json"])).json().endpoints;
  assert.deepEqual([one.format, one.url, one.event_types, one.headers], ["standard", url, ["payout.paid"], ["X-Team"]]);
  assert.match(
    (await disburse(["webhook", "list", handle])).said[1]!,
    /^\d+ +standard +https:\/\/shop\.example\/hook$/,
  );
  assert.match((await disburse(["webhook", "rotate", handle, one.id])).said.join("\n"), /secret +whsec_/);
  await world.commit(answer(await world.commit(accept(merchant, "p-1")), "paid"));
  await world.db.query("update notices set state = 'failed', next_at = null");
  assert.deepEqual((await disburse(["webhook", "resend", handle, url])).said, ["1 is sent again."]);
  assert.deepEqual((await disburse(["webhook", "resend", handle, url, "--state", "disabled"])).said, [
    "0 are sent again.",
  ]);
  const cases: [string[], RegExp][] = [
    [["add", "nobody", url], /^There is no merchant nobody\.$/],
    [["add", handle, "http://localhost/"], /^refused localhost: loopback$/],
    [["add", handle, url], /^there is an endpoint of this format at this URL$/],
    [["add", handle, url, "--format", "svix"], /Allowed choices are frisbii, worldline, standard/],
    [["add", handle, `${url}2`, "--events", "paid"], /^event_types must be one or more of payout\.created/],
    [["add", handle, `${url}2`, "--header", "nonsense"], /^nonsense is no header/],
    [["verify", handle, url], /^only the Worldline format/],
    [["remove", handle, "https://other.example/"], /^There is no endpoint https:\/\/other\.example\/\.$/],
  ];
  for (const [words, expected] of cases) {
    const { code, noted } = await disburse(["webhook", ...words]);
    assert.equal(code, 1, words.join(" "));
    assert.match(noted, expected);
  }
  assert.deepEqual((await disburse(["webhook", "remove", handle, url])).said, [`${url} is told nothing more.`]);
  assert.deepEqual((await disburse(["webhook", "list", handle])).said, ["Nobody is told."]);
});

test("events are listed from any place on, and followed until Ctrl-C", async () => {
  let lines: string[] = [];
  while (lines.length < 3) lines = (await disburse(["events", handle])).said;
  assert.match(lines[0]!, /^20\S+Z {2}customer\.created {2}customer-1 {2}\d+-\d+-0$/);
  const page = await disburse(["events", handle, "--size", "1", "--json"]);
  assert.equal(page.json().type, "customer.created");
  const rest = await disburse(["events", handle, "--after", page.json().position]);
  assert.deepEqual(rest.said, lines.slice(1));
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const heard: string[] = [];
  const following = disburse(
    ["events", handle, "--follow"],
    (line) => {
      heard.push(line);
      if (line.includes("payout.failed") || line.includes("payout.declined")) stop();
    },
    stopped,
  );
  await world.commit(answer(await world.commit(accept(merchant, "p-2")), "declined"));
  assert.equal((await following).code, 0);
  assert.deepEqual(heard.slice(0, lines.length), lines);
  assert.match((await disburse(["events", handle, "--after", "there"])).noted, /^after must be the `next` of/);
});

test("a day is reported as CSV and as JSON", async () => {
  const date = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin" }).format(Date.now());
  let csv: string[] = [];
  while (csv.length < 3) csv = (await disburse(["report", handle, "--date", date])).said;
  assert.match(csv[0]!, /^handle,payout_id,/);
  assert.match(csv[1]!, /^p-1,\d+,customer-1,.*,100\.00,10000,EUR,paid,/);
  const json = await disburse(["report", handle, "--date", date, "--format", "json"]);
  assert.deepEqual([json.json().payouts.length, json.json().totals[0].paid.amount], [2, "100.00"]);
  assert.match((await disburse(["report", handle, "--date", "today"])).noted, /^date must be a day such as/);
  assert.match((await disburse(["report", handle])).noted, /required option '--date <day>' not specified/);
});
