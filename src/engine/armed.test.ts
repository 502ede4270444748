import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type pg from "pg";
import { readDispatchLog } from "../store/dispatch-state.ts";
import { openPool } from "../store/db.ts";
import { FakeRail } from "../testing/fake-rail.ts";
import { accept, answer, World } from "../testing/world.ts";
import { Armed, type ArmedPorts } from "./armed.ts";
import type { Seen } from "./witness.ts";

interface Place {
  readonly world: World;
  readonly pool: pg.Pool;
  readonly rail: FakeRail;
}

async function place(t: TestContext): Promise<Place> {
  const world = await World.open();
  const pool = openPool(world.url, 3);
  t.after(async () => {
    await pool.end();
    await world.close();
  });
  return { world, pool, rail: new FakeRail() };
}

/** A data folder. */
class Folder {
  seen: Seen | undefined;
  broken = false;
  read = () => this.seen;
  write = (seen: Seen) => {
    if (this.broken) throw new Error("the disk is full");
    this.seen = seen;
  };
}

/** A server on the database, with a data folder of its own. */
async function server({ pool, rail }: Place, folder = new Folder(), over: Partial<ArmedPorts> = {}) {
  const said: string[] = [];
  const armed = await Armed.open({
    pool,
    rails: [rail],
    installation: "one",
    name: undefined,
    witness: folder,
    now: Date.now,
    log: () => {},
    say: (because) => void said.push(because),
    ...over,
  });
  await armed.look().catch(() => undefined);
  return { armed, folder, said, is: () => armed.dispatch().is, because: () => armed.dispatch().because ?? "" };
}

/** The database as it was: `counter` falls back to a second ago. */
const rewind = ({ world }: Place) => world.db.query("update dispatch set counter = counter - 1000, frozen_at = null");

/** A pool of which every answer is heard before it is told. */
const overheard = (pool: pg.Pool, hear: (text: string, told: pg.QueryResult) => Promise<void>): pg.Pool => {
  const listening = <T extends object>(to: T): T =>
    new Proxy(to, {
      get(target, key) {
        const own: unknown = Reflect.get(target, key);
        if (typeof own !== "function") return own;
        if (key === "connect") return async () => listening((await own.call(target)) as object);
        if (key !== "query") return own.bind(target) as unknown;
        return async (asked: string | { text: string }, ...more: unknown[]) => {
          const told = (await own.call(target, asked, ...more)) as pg.QueryResult;
          await hear(typeof asked === "string" ? asked : asked.text, told);
          return told;
        };
      },
    });
  return listening(pool);
};

test("the first server takes the database for its own, and finds it again", async (t) => {
  const here = await place(t);
  const first = await server(here);
  assert.equal(first.is(), "armed");
  assert.ok(first.armed.maySend("sandbox"));
  await first.armed.beat(1);
  assert.equal(first.folder.seen?.counter, first.armed.state.counter);
  const again = await server(here, first.folder);
  assert.deepEqual([again.is(), again.said], ["armed", []]);
  const [bound] = await readDispatchLog(here.pool, 9);
  assert.equal(bound?.event, "bound");
});

test("the counter rises with what is committed, and not without", async (t) => {
  const { armed } = await server(await place(t));
  const counters: number[] = [];
  for (const committed of [1, 1, 1, 2]) {
    await armed.beat(committed);
    counters.push(armed.state.counter);
  }
  const [first, second, third, last] = counters as [number, number, number, number];
  assert.ok(first === second && second === third && last > third);
  assert.ok(Math.abs(last - Date.now()) < 60_000, "it is about the time");
});

test("a database that is behind its witness is frozen for every server, also for one that has seen nothing", async (t) => {
  const here = await place(t);
  const { armed, folder } = await server(here, undefined, { name: "prod" });
  await armed.beat(1);
  await rewind(here);
  const restarted = await server(here, folder);
  assert.equal(restarted.is(), "frozen");
  assert.match(restarted.said.join(), /^it ends at .* it was restored$/);
  assert.ok(!restarted.armed.maySend("sandbox"));
  const other = await server(here, undefined, { name: "prod" });
  assert.deepEqual([other.is(), other.because()], ["frozen", restarted.because()]);
  assert.match((await readDispatchLog(here.pool, 1))[0]!.reason, /it was restored/);
  const { counter } = restarted.folder.seen!;
  await restarted.armed.beat(2);
  assert.equal(restarted.folder.seen!.counter, counter, "what was seen before is not overwritten");
});

test("a database that falls behind under a running server freezes it, and so does another timeline", async (t) => {
  for (const change of ["counter = counter - 1000", "timeline = 99", "system_identifier = 'x'"]) {
    const here = await place(t);
    const { armed, is, said } = await server(here);
    const colleague = await server(here, Object.assign(new Folder(), { seen: { installation: "one", counter: 0 } }));
    await armed.beat(1);
    await here.world.db.query(`update dispatch set ${change}`);
    await armed.verify();
    assert.equal(is(), "frozen", change);
    assert.equal(said.length, 1, "it is told once");
    await colleague.armed.beat(0);
    assert.ok(!colleague.armed.maySend("sandbox"), "within a second nobody sends");
  }
});

test("a freeze is not undone by a counter that was raised at the same moment", async (t) => {
  const here = await place(t);
  let during = async () => {};
  let timeline: number | undefined;
  const pool = overheard(here.pool, async (text, told) => {
    if (text.includes("returning *")) await during();
    if (text.includes("pg_control_system") && timeline !== undefined) told.rows[0]["timeline"] = timeline;
  });
  const { armed, said } = await server({ ...here, pool });
  let verified: Promise<void> | undefined;
  during = async () => {
    timeline = 99;
    verified = armed.verify();
    while (said.length === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  await armed.beat(1);
  assert.ok(!armed.maySend("sandbox"));
  await verified;
  assert.ok(!armed.maySend("sandbox"));
});

test("a bank that has made a transfer of which the database knows no send proves that it was restored", async (t) => {
  const here = await place(t);
  const merchant = await here.world.merchant();
  const { attempt: known } = await here.world.commit(accept(merchant, "known"));
  const { attempt: queued } = await here.world.commit(accept(merchant, "queued", { permits: [] }));
  const unsent = await here.world.commit(accept(merchant, "unsent"));
  await here.world.commit(answer(unsent, "unsent"));
  const { folder } = await server(here);
  folder.seen = { installation: "one", counter: 0 };
  here.rail.book(known.reference);
  here.rail.book("ZZZZZZAAAAAAAAAAAAAA"); // of somebody else
  here.rail.book(`${known.reference.slice(0, 6)}AAAAAAAAAAAAAA`, { at: 0 }); // long before what the database knows last
  assert.equal((await server(here, folder)).is(), "armed");
  for (const reference of [
    queued.reference,
    unsent.attempt.reference,
    `${known.reference.slice(0, 6)}BBBBBBBBBBBBBB`,
  ]) {
    here.rail.book(reference);
    const { is, because } = await server(here, folder);
    assert.deepEqual([is(), because().startsWith("the bank sandbox has made 1 ")], ["frozen", true]);
    here.rail.books.delete(reference);
    await here.world.db.query("update dispatch set frozen_at = null, frozen_because = null, since = null");
  }
});

test("until a bank has told what it has done nothing is sent to it, and the time from which it is asked stays", async (t) => {
  const here = await place(t);
  here.rail.silent = true;
  const { armed, is, folder } = await server(here);
  const since = armed.since;
  assert.equal(is(), "asking");
  assert.ok(!armed.maySend("sandbox"));
  await armed.beat(5);
  assert.equal(folder.seen, undefined, "nothing is taken for seen");
  assert.equal(armed.since, since);
  here.rail.silent = false;
  await armed.look();
  assert.equal(is(), "armed");
});

test("a server without a witness is a stranger, alone: others go on, and it does too when its installation is named or armed", async (t) => {
  const here = await place(t);
  const owner = await server(here, undefined, { name: "prod" });
  const stranger = await server(here);
  assert.equal(stranger.is(), "frozen");
  assert.match(stranger.said.join(), /never seen it/);
  assert.equal((await server(here, undefined, { name: "staging" })).is(), "frozen");
  assert.equal((await server(here, undefined, { name: "prod" })).is(), "armed");
  await owner.armed.beat(1);
  assert.equal(owner.is(), "armed");
  await stranger.armed.beat(1);
  assert.equal(stranger.folder.seen, undefined);
  await here.world.db.query("update dispatch set armed_at = clock_timestamp()");
  await stranger.armed.beat(1);
  assert.equal(stranger.is(), "armed");
  assert.ok(stranger.folder.seen !== undefined);
});

test("a folder that cannot be written to does not stop payouts", async (t) => {
  const folder = new Folder();
  folder.broken = true;
  const logged: string[] = [];
  const log = (_: object, message: string) => void logged.push(message);
  const { armed, is } = await server(await place(t), folder, { log });
  for (const committed of [1, 2, 3]) await armed.beat(committed);
  assert.equal(is(), "armed");
  assert.deepEqual(logged, ["what was seen of the database cannot be kept in the data folder"]);
});
