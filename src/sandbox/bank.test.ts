import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test, type TestContext } from "node:test";
import { setImmediate as breathe } from "node:timers/promises";
import { toWire, type Reaction } from "./answers.ts";
import { Bank } from "./bank.ts";
import { Books } from "./books.ts";
import type { Tidings } from "./callbacks.ts";
import { readOrder } from "./request.ts";
import { aFolder, aTransfer, toAccount } from "./trial.ts";

/** A bank whose time passes only by `pass`, over books in a folder. */
async function openBank(t: TestContext, folder = aFolder(), start = 0) {
  let now = start;
  let timers: { at: number; ring: () => void }[] = [];
  const told: Tidings[] = [];
  const clock = {
    now: () => now,
    after: (ms: number, then: () => void) => void timers.push({ at: now + ms, ring: then }),
  };
  const books = await Books.open(folder, () => undefined);
  t.after(() => books.close());
  const bank = new Bank(books, clock, (tidings) => told.push(tidings));
  const key = createSecretKey(Buffer.from("key"));

  /** Lets time pass, a millisecond at a time, and the disk do its work. */
  const pass = async (ms: number) => {
    for (const end = now + ms; ; now += 1) {
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { ring } of due) ring();
      await books.durable();
      await breathe();
      if (now === end && timers.every(({ at }) => at > now)) return;
      if (now === end) now -= 1;
    }
  };
  const send = (reference: string, changes: object = {}) => {
    const read = readOrder(JSON.stringify(aTransfer(reference, changes)), key);
    assert.ok("order" in read, JSON.stringify(read));
    return bank.receive(read.order, read.plan).then(open);
  };
  const find = (reference: string, fence = 0) => bank.find(reference, fence).then(open);
  const changes = () => (books.changesAfter(0, 1000)?.changes ?? []).map(({ transfer }) => toWire(transfer));
  return { books, pass, send, find, told, changes, folder, now: () => now };
}

const open = (reaction: Reaction): [number, Record<string, unknown>] | "silence" =>
  "silentMs" in reaction ? "silence" : [reaction.status, JSON.parse(reaction.body) as Record<string, unknown>];

const statusOf = (answer: Awaited<ReturnType<typeof open>>) =>
  answer === "silence" ? answer : (answer[1]["status"] ?? answer[1]["error"]);

test("a transfer to a card is paid at once, and the same transfer again is the same transfer", async (t) => {
  const { send, find, changes } = await openBank(t);
  const first = await send("A1");
  assert.deepEqual(first, [
    200,
    {
      reference: "A1",
      status: "paid",
      bank_id: "SB0000000001",
      amount_minor: 1250,
      currency: "EUR",
      booked_at: "1970-01-01T00:00:00.000Z",
    },
  ]);
  assert.deepEqual(await send("A1", { send: 2 }), first);
  assert.deepEqual(await send("A1", { card: { number: "4111111111111111", exp_month: 1, exp_year: 2031 } }), first);
  assert.deepEqual(await find("A1"), first);
  assert.equal(changes().length, 1);
});

test("a reference is for one amount, currency and destination", async (t) => {
  const { send, changes } = await openBank(t);
  await send("A1");
  const others = [{ amount_minor: 1251 }, { currency: "DKK" }, toAccount];
  const otherCard = { card: { number: "4111111111111112", exp_month: 12, exp_year: 2030 } };
  for (const other of [...others, otherCard]) {
    assert.deepEqual(await send("A1", other), [409, { error: "reference_reused", reference: "A1" }]);
  }
  assert.equal(changes().length, 1);
});

test("a fence holds against a send that is waiting inside the bank, and lets a later send pass", async (t) => {
  for (const orders of ["sandbox:slow=50", "sandbox:late-paid=50"]) {
    const { send, find, pass, changes } = await openBank(t);
    const waiting = send("A1", { orders });
    await pass(10);
    assert.deepEqual(await find("A1", 1), [404, { reference: "A1", status: "never_received", fenced: 1 }]);
    await pass(100);
    const answer = await waiting;
    assert.deepEqual(
      answer,
      orders.includes("slow") ? [410, { error: "fenced", reference: "A1", fenced: 1 }] : "silence",
    );
    assert.deepEqual(changes(), []);
    assert.equal(statusOf(await send("A1")), "fenced");
    assert.equal(statusOf(await send("A1", { send: 2 })), "paid");
    assert.equal(statusOf(await find("A1", 2)), "paid"); // what is known is not fenced
    assert.equal(changes().length, 1);
  }
});

test("a fence never goes back", async (t) => {
  const { send, find } = await openBank(t);
  await find("A1", 3);
  assert.deepEqual(await find("A1", 1), [404, { reference: "A1", status: "never_received", fenced: 3 }]);
  assert.equal(statusOf(await send("A1", { send: 3 })), "fenced");
});

test("without a fence a slow send and a late one are booked in the end, once", async (t) => {
  const { send, pass, changes, find } = await openBank(t);
  const slow = [send("A1", { orders: "sandbox:slow=50" }), send("A1", { send: 2, orders: "sandbox:slow=60" })];
  assert.equal(await send("A2", { orders: "sandbox:late-paid=50" }), "silence");
  assert.equal(await send("A2", { send: 2, orders: "sandbox:late-paid=50" }), "silence");
  assert.equal(statusOf(await find("A2")), "never_received");
  await pass(100);
  assert.deepEqual((await Promise.all(slow)).map(statusOf), ["paid", "paid"]);
  assert.equal(statusOf(await find("A2")), "paid");
  assert.equal(changes().length, 2);
});

test("what the answer says and what the books say are two things", async (t) => {
  const cases: [orders: string, answer: unknown, books: string][] = [
    ["sandbox:declined", "declined", "declined"],
    ["sandbox:declined-soft", "declined", "declined"],
    ["sandbox:silent-paid", "silence", "paid"],
    ["sandbox:silent-lost", "silence", "never_received"],
    ["sandbox:silent-lost-once", "silence", "never_received"],
    ["sandbox:error-paid", "acquirer_error", "paid"],
    ["sandbox:error-lost", "acquirer_error", "never_received"],
    ["sandbox:wrong-amount", "paid", "paid"],
    ["sandbox:wrong-reference", "paid", "paid"],
    ["sandbox:contradict", "declined", "paid"],
    ["salary, sandbox:async-paid=9 thank you", "accepted", "accepted"],
    ["sandbox:silent-paid sandbox:declined", "silence", "declined"],
  ];
  const { send, find } = await openBank(t);
  for (const [n, [orders, answer, inBooks]] of cases.entries()) {
    assert.equal(statusOf(await send(`A${n}`, { orders })), answer, orders);
    assert.equal(statusOf(await find(`A${n}`)), inBooks, orders);
    const again = statusOf(await send(`A${n}`, { orders, send: 2 }));
    const known = inBooks !== "never_received";
    assert.equal(again, known ? inBooks : orders.endsWith("once") ? "paid" : answer, `${orders}, again`);
  }
});

test("a wrong answer is wrong in one thing", async (t) => {
  const { send, find, changes } = await openBank(t);
  const [, amount] = (await send("A1", { orders: "sandbox:wrong-amount" })) as [number, object];
  assert.deepEqual({ ...amount, amount_minor: 1250 }, ((await find("A1")) as [number, object])[1]);
  const [, reference] = (await send("A2", { orders: "sandbox:wrong-reference" })) as [number, object];
  assert.deepEqual({ ...reference, reference: "A2" }, ((await find("A2")) as [number, object])[1]);
  assert.deepEqual(
    changes().map((change) => (change as { reference: string }).reference),
    ["A1", "A2"],
  );
  await assert.rejects(send("A3", { orders: "sandbox:garbage" }), SyntaxError);
  assert.equal(statusOf(await find("A3")), "paid");
});

test("outcomes that come later are booked, and told unless they are to be silent", async (t) => {
  const { send, pass, find, told } = await openBank(t);
  await send("A1", toAccount);
  await send("A2", { orders: "sandbox:async-declined=100" });
  await send("A3", { orders: "sandbox:async-silent-paid=100 sandbox:returned=200" });
  await send("A4", { orders: "sandbox:returned-silent=200" });
  await send("A5", { orders: "sandbox:contradict" });
  assert.equal(statusOf(await find("A1")), "accepted");
  await pass(150);
  assert.deepEqual(await find("A2"), [
    200,
    {
      reference: "A2",
      status: "declined",
      bank_id: "SB0000000002",
      amount_minor: 1250,
      currency: "EUR",
      error: "declined_by_acquirer",
      error_state: "hard_declined",
      code: "05",
      message: "Do not honour",
    },
  ]);
  assert.equal(statusOf(await find("A3")), "paid");
  await pass(1000);
  assert.deepEqual((await Promise.all(["A1", "A3", "A4"].map((name) => find(name)))).map(statusOf), [
    "paid",
    "returned",
    "returned",
  ]);
  assert.deepEqual(
    told.map(({ reference, status }) => `${reference} ${status}`),
    ["A2 declined", "A3 returned", "A1 paid", "A5 paid"],
  );
});

test("what was to come still comes after a restart, when it is due and once", async (t) => {
  const before = await openBank(t);
  await before.send("A1", { orders: "sandbox:async-paid=100 sandbox:returned=100" });
  await before.send("A2", { orders: "sandbox:late-paid=100" });
  await before.send("A3", { orders: "sandbox:late-paid=100" });
  await before.find("A3", 1);
  await before.books.close();

  const after = await openBank(t, before.folder, 50);
  await after.pass(40);
  assert.equal(statusOf(await after.find("A1")), "accepted");
  assert.equal(statusOf(await after.find("A2")), "never_received");
  await after.pass(20);
  assert.deepEqual((await Promise.all(["A1", "A2", "A3"].map((name) => after.find(name)))).map(statusOf), [
    "paid",
    "paid",
    "never_received",
  ]);
  assert.equal(statusOf(await after.send("A3")), "fenced");
  await after.books.close();

  const long = await openBank(t, before.folder, 100_000);
  await long.pass(1);
  assert.equal(statusOf(await long.find("A1")), "returned");
  assert.deepEqual(
    long.changes().map((change) => Object.values(change).slice(0, 2).join(" ")),
    ["A1 accepted", "A1 paid", "A2 paid", "A1 returned"],
  );
  assert.deepEqual(long.books.totals.count, { accepted: 0, paid: 1, declined: 0, returned: 1 });
  assert.deepEqual(long.books.totals.minorByCurrency("returned"), [["EUR", 1250n]]);
});

test("a forged callback says what did not happen", async (t) => {
  const { send, told } = await openBank(t);
  await send("A1", { orders: "sandbox:callback-forged" });
  await send("A2", { orders: "sandbox:callback-forged sandbox:declined" });
  await send("A3", { orders: "sandbox:callback-forged sandbox:silent-lost" });
  assert.deepEqual(
    told.map(({ status }) => status),
    ["declined", "paid", "paid"],
  );
});
