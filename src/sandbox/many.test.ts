import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOfJson } from "./many.ts";
import { aTransfer, cardNumber, get, openBank } from "./trial.ts";

/** Sends lines in one request. Resolves with the status, and with what was said of each line by its number, in the order of arrival. */
async function postLines(url: string, lines: readonly (string | object)[]) {
  const body = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const answer = await fetch(`${url}/transfers`, { method: "POST", headers: { "content-type": linesOfJson }, body });
  const text = await answer.text();
  const told = text.split("\n").flatMap((line) => {
    const [, number, status, said] = /^(\d+) (\d+) (.*)$/.exec(line) ?? [];
    return said === undefined ? [] : [{ number: Number(number), status: Number(status), said }];
  });
  return { status: answer.status, text, told };
}

test("many transfers in one request are booked, each once, and answered by their numbers", async (t) => {
  const { url } = await openBank(t);
  const { told } = await postLines(
    url,
    Array.from({ length: 300 }, (_, n) => aTransfer(`A${n % 200}`)),
  );
  assert.deepEqual(new Set(told.map(({ number }) => number)), new Set(Array.from({ length: 300 }, (_, n) => n)));
  for (const { number, status, said } of told)
    assert.deepEqual([status, (JSON.parse(said) as { reference: string }).reference], [200, `A${number % 200}`]);
  const { body } = await get(`${url}/books`);
  assert.deepEqual([body["transfers"], body["paid"]], [200, 200]);
});

test("what goes wrong with one goes wrong with that one only", async (t) => {
  const { url } = await openBank(t);
  const { told } = await postLines(url, [
    aTransfer("A0", { orders: "sandbox:slow=60" }),
    "",
    "{",
    "   ",
    aTransfer("A4", { orders: "sandbox:silent-paid" }),
    aTransfer("A5", { card: { number: `${cardNumber}x`, exp_month: 1, exp_year: 2039 } }),
    aTransfer("A6", { orders: "sandbox:garbage" }),
    aTransfer("A7", { handle: "x".repeat(70_000) }),
    aTransfer("A8", { orders: "sandbox:error-lost" }),
    aTransfer("A9"),
  ]);
  const statuses = new Map(told.map(({ number, status }) => [number, status]));
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => statuses.get(n)),
    [200, undefined, 400, undefined, undefined, 400, 200, 413, 500, 200],
  );
  assert.equal(told.at(-1)?.number, 0, "the slow one is told last, and the others before it");
  assert.ok(!told.some(({ said }) => said.includes(cardNumber)));
  assert.equal((await get(`${url}/transfers/A4`)).body["status"], "paid", "booked, and not answered");
  assert.equal((await get(`${url}/transfers/A8`)).status, 404);
});

test("nothing is asked for by blank lines; too many lines, and too many bytes, are refused before any of them is booked", async (t) => {
  const { url } = await openBank(t);
  assert.deepEqual(await postLines(url, ["", " "]), { status: 200, text: "", told: [] });
  const many = await postLines(
    url,
    Array.from({ length: 1_001 }, (_, n) => aTransfer(`A${n}`)),
  );
  assert.equal(many.status, 413);
  await assert.rejects(postLines(url, Array<object>(30).fill(aTransfer("B", { handle: "x".repeat(50_000) }))));
  assert.equal((await get(`${url}/books`)).body["transfers"], 0);
});
