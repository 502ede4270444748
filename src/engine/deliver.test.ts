import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import type pg from "pg";
import { sleep, systemClock } from "../clock.ts";
import { postgresNotices } from "../notice-store.ts";
import { openPool } from "../store/db.ts";
import { Endpoints } from "../store/endpoints.ts";
import { ids, World } from "../testing/world.ts";
import { openTestVault } from "../testing/vault.ts";
import { Deliverer, type DeliverPorts } from "./deliver.ts";
import type { Letter, OpenEndpoint, Reply } from "./mailbox.ts";

let world: World;
let pool: pg.Pool;
let endpoints: Endpoints;
before(async () => {
  world = await World.open();
  pool = openPool(world.url, 10);
  endpoints = new Endpoints({ pool, vault: openTestVault(null), rowId: () => ids.row() });
});
after(async () => {
  await pool.end();
  await world.close();
});

const secrets = { signing: [], password: null, headers: {} };
const draft = { format: "standard", types: null, topics: [], username: null, secrets } as const;

/** A merchant's endpoint for which something waits: `each` events of each of some customers. */
async function endpointWith(customers: number, each: number): Promise<{ merchantId: string; endpointId: string }> {
  const { id: merchantId } = await world.merchant(0n);
  const { id: endpointId } = await endpoints.create(merchantId, { ...draft, url: "http://receiver.test/" });
  await world.db.query(
    `with told as (
       select $1::bigint as merchant_id, $2::bigint + c * 1000 + n as id, 'customer-' || c as customer, n
         from generate_series(1, $3::integer) c, generate_series(1, $4::integer) n),
     events as (
       insert into customer_events (merchant_id, id, kind, customer, created_at, place)
       select merchant_id, id, 'customer_changed', customer, now(), 0 from told)
     insert into notices (merchant_id, endpoint_id, subject_id, version, customer, created_at, next_at)
     select merchant_id, $5::bigint, id, 0, customer, now(), now() from told order by n, customer`,
    [merchantId, ids.row(), customers, each, endpointId],
  );
  return { merchantId, endpointId };
}

const notices = () => postgresNotices(pool, endpoints, randomBytes(8).toString("hex"), 30);

const ok: Reply = { status: 200, fault: null, durationMs: 1, headers: {}, body: "", retryAfterMs: null };
const no = (status: number, retryAfterMs: number | null = null): Reply => ({ ...ok, status, retryAfterMs });

const open: { deliverer: Deliverer; stop(): Promise<void> }[] = [];
afterEach(() => Promise.all(open.splice(0).map(({ stop }) => stop())));

/** A server's delivery, whose receivers are `post`. */
function start(post: (endpoint: OpenEndpoint, letter: Letter) => Promise<Reply>, over: Partial<DeliverPorts> = {}) {
  const deliverer = new Deliverer({
    store: notices(),
    clock: systemClock,
    write: (_, notice) => ({ headers: {}, body: JSON.stringify([notice.customer, Number(notice.id)]) }),
    post,
    log: () => {},
    retries: { standard: [60, 60, 60, 60, 60, 60, 60, 60] },
    ...over,
  });
  const stopping = new AbortController();
  const beat = (async () => {
    while (!stopping.signal.aborted) {
      await deliverer.look();
      await sleep(20);
    }
  })();
  const stop = async () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    await beat;
    await deliverer.close(2_000);
  };
  open.push({ deliverer, stop });
  return { deliverer, stop };
}

async function states(endpointId: string): Promise<Record<string, number>> {
  const { rows } = await world.db.query<{ state: string; n: string }>(
    "select state, count(*) n from notices where endpoint_id = $1 group by state",
    [endpointId],
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, Number(n)]));
}
async function until(what: string, holds: () => Promise<boolean>, ms = 20_000): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(20)) if (await holds()) return;
  assert.fail(`not within ${ms} ms: ${what}`);
}

/** Letters in the order in which they were taken: for each customer, none before the one before it. */
function inOrder(taken: readonly [customer: string, id: number][]): void {
  const last = new Map<string, number>();
  for (const [customer, id] of taken) {
    assert.ok(id > (last.get(customer) ?? 0), `${customer}: ${id} after ${last.get(customer)}`);
    last.set(customer, id);
  }
}

test("everything is told once, each customer's in order, ten at a time at most, though a third of the calls fail", async () => {
  const { endpointId } = await endpointWith(30, 20);
  const taken: [string, number][] = [];
  let [calls, flying, most] = [0, 0, 0];
  const { stop } = start(async (_, { body }) => {
    calls += 1;
    most = Math.max(most, (flying += 1));
    const fails = calls % 3 === 0;
    await sleep(1);
    flying -= 1;
    if (!fails) taken.push(JSON.parse(body));
    return fails ? no(500) : ok;
  });
  await until("all is told", async () => (await states(endpointId))["completed"] === 600);
  await stop();
  assert.equal(taken.length, 600);
  inOrder(taken);
  assert.ok(most > 5 && most <= 10, `${most} at a time`);
  const { rows } = await world.db.query(
    "select count(*) n from notice_calls c join notices n on n.id = c.notice_id where n.endpoint_id = $1",
    [endpointId],
  );
  assert.equal(Number(rows[0].n), calls);
});

test("a customer whose letter fails waits; the others do not", async () => {
  const { endpointId } = await endpointWith(4, 5);
  const taken: string[] = [];
  const { stop } = start(
    async (_, { body }) => {
      if (body.includes("customer-2")) return no(500);
      taken.push(body);
      return ok;
    },
    { retries: { standard: [600_000] } },
  );
  await until("the other customers are told", async () => (await states(endpointId))["completed"] === 15);
  await stop();
  assert.deepEqual(await states(endpointId), { completed: 15, retrying: 1, pending: 4 });
});

test("after its last call a letter has failed, and the next one of that customer is told", async () => {
  const { endpointId } = await endpointWith(1, 2);
  let calls = 0;
  const { stop } = start(async () => ((calls += 1) <= 3 ? no(503) : ok), { retries: { standard: [10, 10] } });
  await until("both are over", async () => (await states(endpointId))["completed"] === 1);
  await stop();
  assert.deepEqual(await states(endpointId), { completed: 1, failed: 1 });
  assert.equal(calls, 4);
});

test("two servers share the endpoints: none is told by both, and one that dies is followed by the other", async () => {
  const keys = await Promise.all(Array.from({ length: 6 }, () => endpointWith(5, 10)));
  const taken = new Map<string, [string, number][]>();
  const at = new Map<string, Set<number>>();
  let dead = false;
  const post = (server: number) => async (endpoint: OpenEndpoint, letter: Letter) => {
    if (server === 1 && dead) return new Promise<Reply>(() => {}); // it hears nothing any more
    at.set(endpoint.id, (at.get(endpoint.id) ?? new Set()).add(server));
    await sleep(2);
    taken.set(endpoint.id, [...(taken.get(endpoint.id) ?? []), JSON.parse(letter.body)]);
    return ok;
  };
  const first = start(post(1), { leaseSeconds: 3 });
  await until("the first has begun", async () => taken.size > 0);
  const second = start(post(2), { leaseSeconds: 3 });
  dead = true;
  // From here on the first one neither renews nor releases what it has.
  Object.defineProperty(first.deliverer, "look", { value: () => Promise.resolve(0) });
  Object.defineProperty(first.deliverer, "close", { value: () => Promise.resolve() });
  for (const { endpointId } of keys)
    await until("all is told", async () => (await states(endpointId))["completed"] === 50);
  await Promise.all([first.stop(), second.stop()]);
  await Deliverer.prototype.close.call(first.deliverer, 0); // its timers end with the test
  for (const { endpointId } of keys) {
    const told = taken.get(endpointId)!;
    const unique = new Map(told.map((one) => [String(one), one]));
    assert.equal(unique.size, 50, "nothing is lost");
    inOrder([...unique.values()]);
  }
});

test("a receiver that does not answer is left alone for longer and longer, and told all once it does", async () => {
  const { endpointId } = await endpointWith(50, 2);
  let up = false;
  let calls = 0;
  const { stop } = start(
    async () => {
      calls += 1;
      return up ? ok : { ...no(500), status: null, fault: "connection refused" };
    },
    { retries: { standard: Array.from({ length: 50 }, () => 10) } },
  );
  await sleep(1_500);
  const whenDown = calls;
  assert.ok(whenDown <= 20, `${whenDown} calls to a dead receiver in 1.5 s`);
  up = true;
  await until("all is told", async () => (await states(endpointId))["completed"] === 100);
  await stop();
  assert.ok(calls <= whenDown + 101);
});

test("many dead receivers take no room from the others: they are let go of, and tried again when their rest is over", async () => {
  const dead = await Promise.all(Array.from({ length: 40 }, () => endpointWith(1, 1)));
  const isDead = new Set(dead.map(({ endpointId }) => endpointId));
  let up = false;
  const { stop, deliverer } = start(async ({ id }) => (isDead.has(id) && !up ? no(500) : ok), {
    most: 10,
    retries: { standard: Array.from({ length: 50 }, () => 10) },
  });
  const alive = await endpointWith(3, 3);
  deliverer.told([alive]);
  await until("the one that answers is told", async () => (await states(alive.endpointId))["completed"] === 9);
  up = true;
  for (const { endpointId } of dead)
    await until("all are told", async () => (await states(endpointId))["completed"] === 1, 30_000);
  await stop();
});

test("410 disables the endpoint and what waits for it; 429 is obeyed", async () => {
  const gone = await endpointWith(3, 3);
  const busy = await endpointWith(1, 1);
  const times: number[] = [];
  const { stop } = start(async (endpoint) => {
    if (endpoint.id === gone.endpointId) return no(410);
    if (endpoint.id !== busy.endpointId) return ok;
    times.push(performance.now());
    return times.length === 1 ? no(429, 700) : ok;
  });
  await until("it is disabled", async () => (await states(gone.endpointId))["disabled"] === 9);
  assert.match((await endpoints.get(gone.merchantId, gone.endpointId))!.disabled!.because, /410/);
  await until("the other is told", async () => (await states(busy.endpointId))["completed"] === 1);
  await stop();
  assert.ok(times[1]! - times[0]! >= 700, `${times[1]! - times[0]!} ms`);
});

test("a dead receiver slows nobody else", async () => {
  const dead = await Promise.all(Array.from({ length: 100 }, () => endpointWith(10, 1)));
  const alive = await endpointWith(20, 20);
  const never = new Set(dead.map(({ endpointId }) => endpointId));
  const { stop } = start(async (endpoint) => {
    await sleep(never.has(endpoint.id) ? 2_000 : 1);
    return never.has(endpoint.id) ? { ...no(500), status: null } : ok;
  });
  const began = performance.now();
  await until("the one that answers is told", async () => (await states(alive.endpointId))["completed"] === 400);
  assert.ok(performance.now() - began < 6_000, `${performance.now() - began} ms`);
  await stop();
});

test("what is over for long is forgotten, with its calls; what is young, or still to be told, is not", async () => {
  const { endpointId } = await endpointWith(3, 2);
  const { stop } = start(async () => ok);
  await until("all is told", async () => (await states(endpointId))["completed"] === 6);
  await stop();
  const age = "update notices set created_at = now() - interval '31 days' where endpoint_id = $1 and customer = $2";
  await world.db.query(age, [endpointId, "customer-1"]);
  await world.db.query(age, [endpointId, "customer-2"]);
  await world.db.query(
    "update notices set state = 'retrying', next_at = now() + interval '1 day', done_at = null where endpoint_id = $1 and customer = $2",
    [endpointId, "customer-2"],
  );
  assert.equal(await notices().forget(), 2);
  assert.deepEqual(await states(endpointId), { completed: 2, retrying: 2 });
  const { rows } = await world.db.query(
    "select count(*)::int n from notice_calls c where not exists (select from notices n where n.id = c.notice_id)",
  );
  assert.equal(rows[0].n, 0);
});

test("what cannot be stored of one call keeps nobody else's waiting, and is not told again at once", async () => {
  const odd = await endpointWith(1, 2);
  const worn = await endpointWith(2, 1);
  const fine = await endpointWith(5, 5);
  const tries = "update notices set tries = 32767 where endpoint_id = $1 and customer = 'customer-1'"; // one more is no smallint
  await world.db.query(tries, [worn.endpointId]);
  let worked = 0;
  const { stop, deliverer } = start(async ({ id }, { body }) => {
    if (id === worn.endpointId && body.includes("customer-1")) worked += 1;
    return id === odd.endpointId ? { ...ok, body: "a NUL \0", headers: { a: "b" } } : ok;
  });
  deliverer.told([odd, worn, fine]);
  await until("the others are told", async () => (await states(fine.endpointId))["completed"] === 25);
  await until("so is the one with the odd answer", async () => (await states(odd.endpointId))["completed"] === 2);
  await until("and who else is there", async () => (await states(worn.endpointId))["completed"] === 1);
  await stop();
  assert.deepEqual([worked, (await states(worn.endpointId))["pending"]], [1, 1]);
  const { rows } = await world.db.query(
    "select c.fault, c.body, c.headers from notice_calls c join notices n on n.id = c.notice_id where n.endpoint_id = $1",
    [odd.endpointId],
  );
  const kept = { fault: "what was answered could not be kept", body: "", headers: {} };
  assert.deepEqual(rows, [kept, kept]);
});
