import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sleep, systemClock } from "../clock.ts";
import type { Command } from "../core/command.ts";
import { isRefusal } from "../core/refusal.ts";
import { cancelPayout, approvePayout } from "../flow/approve.ts";
import { openClient } from "../store/db.ts";
import { CommitFault } from "./fault.ts";
import { accept, answer, committerOn, ids, request, rules, tools, World, type TestMerchant } from "../testing/world.ts";
import { acceptPayout } from "../flow/accept.ts";
import { fundMerchant } from "../flow/fund.ts";
import { askAbout } from "../flow/send.ts";

let world: World;
let merchant: TestMerchant;
before(async () => {
  world = await World.open();
  merchant = await world.merchant();
});
after(() => world.close());

const faultOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
const countPayouts = async (handlePrefix: string): Promise<number> => {
  const { rows } = await world.db.query("select count(*)::int n from payouts where handle like $1 || '%'", [
    handlePrefix,
  ]);
  return rows[0].n;
};

test("one bad command among a thousand fails alone, whether it breaks a promise or its data cannot be stored", async () => {
  const broken: Command = { ...accept(merchant, "bad-promise"), decide: () => assert.fail("a promise of ours") };
  const unstorable = accept(merchant, "bad-text", { text: "a NUL \0 cannot be stored" });
  const good = Array.from({ length: 1_000 }, (_, index) => accept(merchant, `good-${index}`));
  const commands = [...good.slice(0, 400), broken, ...good.slice(400, 700), unstorable, ...good.slice(700)];
  const results = await Promise.allSettled(commands.map((command) => world.committer.commit(command)));
  const failed = results.flatMap((result, index) =>
    result.status === "rejected" ? [[index, result.reason.kind]] : [],
  );
  assert.deepEqual(failed, [
    [400, "broken"],
    [701, "broken"],
  ]);
  assert.equal(await countPayouts("good-"), 1_000);
  assert.equal(await countPayouts("bad-"), 0);
  const { rows } = await world.db.query("select name from names where name like 'bad-%'");
  assert.deepEqual(rows, [], "a name that came to nothing is free again");
});

test("two commands on one payout in one batch see each other", async () => {
  const handle = "twice-in-a-batch";
  const [first, second] = await Promise.all([
    world.committer.commit(accept(merchant, handle)),
    world.committer.commit(accept(merchant, handle)),
  ]);
  assert.ok(!isRefusal(first));
  assert.deepEqual(isRefusal(second) && second.refused, "payout_processing");
  const verdicts = [world.commit(answer(first, "paid")), world.commit(answer(first, "paid"))];
  assert.deepEqual(
    (await Promise.all(verdicts)).map(({ heard }) => heard?.verdict),
    ["paid", undefined],
  );
});

test("a name whose first command is refused goes to the next one in the same batch", async () => {
  const handle = "second-one-gets-it";
  const elsewhere = { kind: "method", id: "ca_unknown" } as const;
  const [first, second] = await Promise.all([
    world.committer.commit(accept(merchant, handle, { destination: elsewhere })),
    world.committer.commit(accept(merchant, handle)),
  ]);
  assert.deepEqual(isRefusal(first) && first.refused, "unknown_method");
  assert.ok(!isRefusal(second));
  const again = await world.committer.commit(accept(merchant, handle));
  assert.deepEqual(isRefusal(again) && again.refused, "payout_processing");
});

test("two processes creating one handle make one payout", async () => {
  const others = [committerOn(world.url), committerOn(world.url), committerOn(world.url)];
  const handles = Array.from({ length: 200 }, (_, index) => `raced-${index}`);
  const all = await Promise.all(
    [world.committer, ...others].flatMap(({ commit }) => handles.map((handle) => commit(accept(merchant, handle)))),
  );
  await Promise.all(others.map((other) => other.close()));
  assert.equal(all.filter((answered) => !isRefusal(answered)).length, 200);
  assert.equal(await countPayouts("raced-"), 200);
});

test("approve and cancel race: one wins, and what was held is what was released", async () => {
  await world.db.query(`update merchants set approval = '{"frisbii": true, "worldline": true}' where id = $1`, [
    merchant.id,
  ]);
  const before = await world.balances(merchant.id);
  const { payout } = await world.commit(accept(merchant, "raced-approval", { permits: [] }));
  await world.db.query(`update merchants set approval = '{"frisbii": false, "worldline": true}' where id = $1`, [
    merchant.id,
  ]);
  assert.equal(payout.state, "awaiting_approval");
  const other = committerOn(world.url);
  const steps = Array.from({ length: 20 }, (_, index) =>
    (index % 2 === 0 ? world.committer : other).commit(
      index % 3 === 0 ? cancelPayout(merchant.id, payout.id) : approvePayout(merchant.id, payout.id, null),
    ),
  );
  const won = (await Promise.all(steps)).filter((answered) => !isRefusal(answered)).length;
  await other.close();
  const { rows } = await world.db.query("select kind from events where payout_id = $1 order by version", [payout.id]);
  assert.equal(rows.length - 1, won, "every yes is one event, and every event one yes");
  assert.equal(rows.at(-1).kind, "cancelled");
  assert.deepEqual(await world.balances(merchant.id), before);
});

test("a lost connection is tried again, and nothing is done twice", async (t) => {
  // Its clock goes slowly: on a busy machine, too, nobody gives up before there was a connection.
  const committer = committerOn(world.url, { monotonic: () => systemClock.monotonic() / 20 });
  t.after(() => committer.close());
  const cut = async (): Promise<number> =>
    (
      await world.db.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
      )
    ).rowCount ?? 0;
  const results: PromiseSettledResult<object>[] = [];
  for (let round = 0; round < 20; round += 1) {
    const asked = Array.from({ length: 20 }, async (_, index) => {
      await sleep(index);
      return committer.commit(accept(merchant, `cut-${round}-${index}`));
    });
    await sleep(round); // in the middle of connecting, deciding, writing or committing, as it happens
    while ((await cut()) === 0) await sleep(1); // on a busy machine it takes a while until there is something to cut
    results.push(...(await Promise.allSettled(asked)));
  }
  const said = results.filter((result) => result.status === "fulfilled" && !isRefusal(result.value)).length;
  const unknown = results.filter((result) => result.status === "rejected" && result.reason.kind === "unknown").length;
  const { rows } = await world.db.query(
    `select count(*)::int payouts, (select count(*)::int from entries e join payouts p on p.id = e.subject_id where p.handle like 'cut-%') holds
       from payouts where handle like 'cut-%'`,
  );
  assert.ok(
    rows[0].payouts >= said && rows[0].payouts <= said + unknown,
    `${rows[0].payouts} payouts, ${said} said, ${unknown} unknown`,
  );
  assert.equal(rows[0].holds, rows[0].payouts);
  assert.ok(said >= 390, `${said} of 400 were carried out all the same`);
});

test("a deadlock is resolved by trying again", async () => {
  const other = await openClient(world.url);
  await other.query("begin; set local deadlock_timeout = '20s'");
  await other.query("select from accounts where merchant_id = $1 for update", [merchant.id]);
  const committed = world.commit(accept(merchant, "deadlocked"));
  await new Promise((resolve) => setTimeout(resolve, 200)); // the batch has the merchant and waits for the account
  const victim = await faultOf(other.query("select from merchants where id = $1 for update", [merchant.id]));
  await other.query("rollback");
  await other.end();
  assert.equal(victim, undefined, "the batch was the victim");
  assert.equal((await committed).payout.state, "sent");
  assert.equal(await countPayouts("deadlocked"), 1);
});

test("a serialization failure is resolved by trying again", async () => {
  await world.db.query(`
    create sequence failures;
    create function fail_thrice() returns trigger language plpgsql security definer as $$ begin
      if new.handle like 'unserializable-%' and nextval('public.failures') <= 3 then
        raise exception 'could not serialize access' using errcode = '40001';
      end if;
      return new;
    end $$;
    create trigger failing before insert on payouts for each row execute function fail_thrice()`);
  const handles = ["unserializable-1", "beside-it", "unserializable-2"];
  const done = await Promise.all(handles.map((handle) => world.commit(accept(merchant, handle))));
  assert.deepEqual(
    done.map(({ payout }) => payout.state),
    ["sent", "sent", "sent"],
  );
  const { rows } = await world.db.query("select last_value::int as asked from failures");
  await world.db.query("drop trigger failing on payouts; drop function fail_thrice; drop sequence failures");
  assert.equal(rows[0].asked, 5, "it failed three times, then each of the two was written once");
  assert.deepEqual([await countPayouts("unserializable-"), await countPayouts("beside-it")], [2, 1]);
});

test("a merchant whose rows are locked waits by itself; others go on", async () => {
  const other = await openClient(world.url);
  const free = await world.merchant();
  const one = committerOn(world.url, { flushers: 1 });
  await other.query("begin");
  await other.query("select from accounts where merchant_id = $1 for update", [merchant.id]);
  const blocked = one.commit(accept(merchant, "blocked"));
  const early = await one.commit(accept(free, "early"), 9_000); // shares the batch that runs into the lock
  const startedAt = performance.now();
  for (let index = 0; index < 20; index += 1) await one.commit(accept(free, `meanwhile-${index}`));
  assert.ok(performance.now() - startedAt < 1_500, "others do not wait for the locked merchant");
  assert.ok(!isRefusal(early));
  await other.query("rollback");
  assert.ok(!isRefusal(await blocked));
  await other.end();
  await one.close();
});

test("the queue is bounded, and a command whose caller has gone is not begun", async () => {
  const small = committerOn(world.url, { waiting: 10, flushers: 1, batch: 5 });
  const results = await Promise.allSettled(
    Array.from({ length: 30 }, (_, index) => small.commit(accept(merchant, `crowd-${index}`))),
  );
  const kinds = results.map((result) => (result.status === "rejected" ? result.reason.kind : "done"));
  assert.deepEqual([...new Set(kinds)], ["done", "overloaded"]);
  assert.equal(kinds.filter((kind) => kind === "done").length, 10);
  const late = await faultOf(
    Promise.all([small.commit(accept(merchant, "in-time")), small.commit(accept(merchant, "too-late"), 0)]),
  );
  assert.ok(late instanceof CommitFault && late.kind === "too_late");
  await small.close();
  assert.equal(await countPayouts("too-late"), 0);
});

test("merchants take turns: one that floods does not keep another waiting", async () => {
  const quiet = await world.merchant();
  const one = committerOn(world.url, { flushers: 1, batch: 50 });
  const order: string[] = [];
  const note = (who: string) => () => void order.push(who);
  const flood = Array.from({ length: 600 }, (_, index) =>
    one.commit(accept(merchant, `flood-${index}`)).then(note("flood")),
  );
  await Promise.all([one.commit(accept(quiet, "a word")).then(note("quiet")), ...flood]);
  await one.close();
  assert.ok(order.indexOf("quiet") < 100, `the quiet merchant was served at place ${order.indexOf("quiet")}`);
});

test("free text comes back as it was, whatever stands in it", async () => {
  const texts = ['a,b;"c"\n{d}\\e', "{NULL}", "null", "", "it's", "\t\r\n", "{1,2}", "ünïcødé 🙂 \u202e", "\\N", '"}'];
  await Promise.all(
    texts.map((text, index) => world.commit(accept(merchant, `text-${index}`, { text, statementText: text || null }))),
  );
  const { rows } = await world.db.query(
    `select p.text, a.statement_text, a.amount_minor::int amount from payouts p join attempts a on a.payout_id = p.id
      where p.handle like 'text-%' order by substr(p.handle, 6)::int`,
  );
  assert.deepEqual(
    rows,
    texts.map((text) => ({ text, statement_text: text || null, amount: 10_000 })),
  );
});

test("a command never writes another merchant's rows", async () => {
  const other = await world.merchant();
  const honest = acceptPayout(request(merchant, "foreign"), tools);
  const command: Command = {
    ...honest,
    decide: (view) => {
      const decision = honest.decide(view);
      if (isRefusal(decision)) return decision;
      const payouts = (decision.changes.payouts ?? []).map((payout) => ({ ...payout, merchantId: other.id }));
      return { ...decision, changes: { ...decision.changes, payouts } };
    },
  };
  const fault = await faultOf(world.committer.commit(command));
  assert.ok(fault instanceof CommitFault && fault.kind === "broken");
});

test("the database itself refuses what would break the books", async () => {
  const { id } = merchant;
  await assert.rejects(
    world.db.query("update accounts set available_minor = available_minor + 1 where merchant_id = $1", [id]),
    /balanced/,
  );
  await assert.rejects(
    world.db.query(
      "update accounts set available_minor = -1, funding_minor = 1 - held_minor - paid_out_minor where merchant_id = $1",
      [id],
    ),
    /above_floor/,
  );
  const { payout } = await world.commit(accept(merchant, `once-${ids.row()}`));
  const again = `insert into entries select merchant_id, subject_id, hold, kind, currency, amount_minor, created_at from entries where subject_id = $1`;
  await assert.rejects(world.db.query(again, [payout.id]), /entries_pkey/);
});

test("the app's role sees no row of a merchant that its transaction does not name, and changes no history", async () => {
  const client = await openClient(world.url);
  await client.query("begin; set local role disburse_app");
  assert.equal((await client.query("select from payouts")).rowCount, 0);
  await client.query("select set_config('disburse.merchants', $1, true)", [merchant.id]);
  assert.notEqual((await client.query("select from payouts")).rowCount, 0);
  await assert.rejects(client.query("update events set kind = 'paid'"), /permission denied/);
  await client.query("rollback");
  await client.end();
});

test("a migration that adds a column does not stop servers that run: their statements are prepared anew", async () => {
  await world.commit(accept(merchant, "before-migration"));
  await world.db.query("alter table payouts add column later text");
  await world.db.query("alter table merchants add column later text");
  const { payout } = await world.commit(accept(merchant, "after-migration"));
  assert.equal((await world.commit(answer({ payout }, "paid"))).payout.state, "paid");
});

test("the first money of a currency from two processes at once is taken by both", async () => {
  const other = committerOn(world.url);
  const fund = (commit: typeof other.commit, currency: string, reference: string) =>
    commit(fundMerchant({ merchantId: merchant.id, id: ids.row(), reference, currency, amountMinor: 100n }));
  for (const currency of ["SEK", "NOK", "CHF", "PLN", "CZK"]) {
    await Promise.all([
      fund(world.committer.commit, currency, `a-${currency}`),
      fund(other.commit, currency, `b-${currency}`),
    ]);
  }
  await other.close();
  const { rows } = await world.db.query(
    "select count(*)::int n from accounts where merchant_id = $1 and available_minor = 200",
    [merchant.id],
  );
  assert.equal(rows[0].n, 5);
});

test("many merchants beside one that is locked all go on, over a few connections", async () => {
  const others = await Promise.all(Array.from({ length: 40 }, () => world.merchant()));
  const one = committerOn(world.url, { flushers: 1 });
  const holder = await openClient(world.url);
  await holder.query("begin");
  await holder.query("select from accounts where merchant_id = $1 for update", [merchant.id]);
  const blocked = one.commit(accept(merchant, "held-up"));
  const rest = await Promise.all(others.map((other) => one.commit(accept(other, "beside"))));
  assert.ok(rest.every((answered) => !isRefusal(answered)));
  await holder.query("rollback");
  assert.ok(!isRefusal(await blocked));
  await holder.end();
  await one.close();
});

test("whoever waits behind a batch that is stuck is told when the time is up", async () => {
  const one = committerOn(world.url, { flushers: 1, batch: 1 });
  const holder = await openClient(world.url);
  await holder.query("begin");
  await holder.query("lock table names in access exclusive mode");
  const stuck = one.commit(accept(merchant, "stuck"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const startedAt = performance.now();
  const behind = await faultOf(one.commit(accept(merchant, "behind"), 700));
  assert.ok(behind instanceof CommitFault && behind.kind === "too_late");
  assert.ok(performance.now() - startedAt < 1_800);
  await holder.query("rollback");
  assert.ok(!isRefusal(await stuck));
  await holder.end();
  await one.close();
});

test("whoever waited while a payout was tried again sees its new attempt", async () => {
  const [one, other] = [committerOn(world.url), committerOn(world.url)];
  const first = await world.commit(accept(merchant, "waited-for"));
  await world.commit(answer(first, "declined"));
  const holder = await openClient(world.url);
  await holder.query("begin");
  await holder.query("select from accounts where merchant_id = $1 for update", [merchant.id]);
  const again = one.commit(accept(merchant, "waited-for")); // has the payout locked, and waits for the account
  await new Promise((resolve) => setTimeout(resolve, 200));
  const asked = other.commit(askAbout(merchant.id, first.payout.id, null, rules));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await holder.query("rollback");
  const [tried, told] = await Promise.all([again, asked]);
  await Promise.all([holder.end(), one.close(), other.close()]);
  assert.ok(!isRefusal(tried));
  assert.ok(isRefusal(told) && told.refused === "wrong_state", JSON.stringify(told)); // its send is under way
  assert.equal(tried.payout.attempt, 2);
});
