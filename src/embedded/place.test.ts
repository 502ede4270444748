import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { accountFor, canPass, isRoot } from "./account.ts";
import { openCluster } from "./cluster.ts";
import { connectionOf } from "./connection.ts";
import { findPlace } from "./place.ts";
import { stopOrphan } from "./pidfile.ts";
import { openScratch } from "./scratch.ts";

const asRoot = { skip: isRoot ? false : "only root lends PostgreSQL another account" };
const quiet = () => undefined;

/** The user id of some user with a name, neither root nor nobody. */
const namedUser = () => Number(/^daemon:[^:]*:(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"))?.[1]);

/** A data folder below one that is closed to all but root, and a shelter outside of it. */
function closedOff(t: TestContext) {
  const folder = openScratch(t);
  const [home, shelter] = [join(folder, "root-home"), join(folder, "shelter")];
  mkdirSync(home, { mode: 0o700 });
  t.after(async () => {
    if (!existsSync(shelter)) return;
    for (const name of readdirSync(shelter)) {
      if (existsSync(join(shelter, name, "PG_VERSION"))) await stopOrphan(join(shelter, name), quiet);
    }
  });
  return { dataDir: join(home, "data"), shelter };
}

test("as root, a data folder below a closed one keeps its database in the shelter", asRoot, async (t) => {
  const { dataDir, shelter } = closedOff(t);
  const first = await openCluster(dataDir, quiet, shelter);
  assert.equal(dirname(first.location), shelter);
  assert.match(first.location, /\/data-[0-9a-f]{12}$/);
  assert.ok(lstatSync(join(dataDir, "postgres")).isSymbolicLink());
  assert.equal(connectionOf(dataDir), first.url);
  assert.equal(statSync(dirname(dataDir)).mode & 0o777, 0o700, "the closed folder stays closed");
  assert.equal(statSync(dataDir).mode & 0o777, 0o700);
  await first.stop();
  const second = await openCluster(dataDir, quiet, shelter);
  assert.equal(second.location, first.location);
  await second.stop();
});

test("a database in the shelter is locked also for a copy of its data folder", asRoot, async (t) => {
  const { dataDir, shelter } = closedOff(t);
  const { location, stop } = await openCluster(dataDir, quiet, shelter);
  t.after(stop);
  const copy = join(dirname(dataDir), "copy");
  mkdirSync(copy);
  symlinkSync(location, join(copy, "postgres"));
  await assert.rejects(openCluster(copy, quiet, shelter), /leads to the same data, or is a copy of it/);
});

test("a sheltered database whose data folder was removed is kept when a new one takes its name", asRoot, async (t) => {
  const { dataDir, shelter } = closedOff(t);
  const first = await openCluster(dataDir, quiet, shelter);
  await first.stop();
  rmSync(dataDir, { recursive: true });
  const lines: string[] = [];
  const second = await openCluster(dataDir, (line) => lines.push(line), shelter);
  t.after(() => second.stop());
  assert.match(lines[0] ?? "", /the database of an earlier folder .* is kept in .*\.removed-/);
  assert.notEqual(second.url, first.url);
});

test("a sheltered database that has gone is reported, not replaced by an empty one", asRoot, async (t) => {
  const { dataDir, shelter } = closedOff(t);
  const first = await openCluster(dataDir, quiet, shelter);
  await first.stop();
  rmSync(shelter, { recursive: true });
  await assert.rejects(openCluster(dataDir, quiet, shelter), /is not there.*Bring it back/);
});

test("as root, PostgreSQL runs as the owner of the data folder, and its files are the owner's", asRoot, async (t) => {
  const dataDir = openScratch(t);
  const owner = namedUser();
  chownSync(dataDir, owner, owner);
  const { stop, location, pid } = await openCluster(dataDir, quiet, join(dataDir, "no-shelter"));
  t.after(stop);
  for (const path of [location, `/proc/${pid}`]) assert.equal(statSync(path).uid, owner, path);
  for (const name of ["postgres.json", "postgres.log", "server.lock"]) {
    assert.equal(statSync(join(dataDir, name)).uid, owner, name);
  }
  assert.equal(statSync(dataDir).mode & 0o777, 0o700);
});

test("as root, an owner without a name on this system is stood in for by nobody", asRoot, async (t) => {
  const dataDir = openScratch(t);
  chownSync(dataDir, 54321, 54321);
  const { stop, location } = await openCluster(dataDir, quiet, join(dataDir, "no-shelter"));
  t.after(stop);
  assert.equal(statSync(location).uid, accountFor({ uid: 0, gid: 0 })?.uid);
  assert.equal(statSync(dataDir).uid, 54321);
});

test("as root, a database restored from a backup gets back its owner", asRoot, async (t) => {
  const dataDir = openScratch(t);
  const first = await openCluster(dataDir, quiet, join(dataDir, "no-shelter"));
  await first.stop();
  for (const name of readdirSync(first.location, { recursive: true })) {
    chownSync(join(first.location, String(name)), 0, 0);
  }
  chownSync(first.location, 0, 0);
  const second = await openCluster(dataDir, quiet, join(dataDir, "no-shelter"));
  await second.stop();
});

test("what an account may pass is read off the mode bits that concern it", (t) => {
  const folder = openScratch(t);
  const inner = join(folder, "inner");
  mkdirSync(inner);
  const { uid, gid } = statSync(inner);
  const [owner, sibling, stranger] = [
    { uid, gid },
    { uid: 12345, gid },
    { uid: 12345, gid: 12345 },
  ];
  const passing = (mode: number) => {
    chmodSync(inner, mode);
    return [owner, sibling, stranger].map((account) => canPass(account, inner));
  };
  assert.deepEqual(passing(0o700), [true, false, false]);
  assert.deepEqual(passing(0o710), [true, true, false]);
  assert.deepEqual(passing(0o701), [true, false, true]);
  assert.deepEqual(passing(0o066), [false, false, false]);
  passing(0o755);
  chmodSync(folder, 0o700);
  assert.equal(canPass(stranger, inner), false);
});

test("an ordinary user's PostgreSQL runs as that user, in the data folder", (t) => {
  if (isRoot) return t.skip("needs an ordinary user");
  const folder = openScratch(t);
  const { account, location } = findPlace(join(folder, "data"), "/nowhere");
  assert.equal(account, undefined);
  assert.equal(location, join(folder, "data", "postgres"));
  assert.equal(accountFor(statSync("/")), undefined);
});
