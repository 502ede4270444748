import assert from "node:assert/strict";
import { test } from "node:test";
import { Permits } from "./permits.ts";

/** Room for so many, all of it taken by merchants whose commits are through; and the names of those whose turn has come. */
function full(most: number) {
  const clock = { now: 0 };
  const permits = new Permits(() => most, { monotonic: () => clock.now });
  while (permits.take("first")) permits.committed("first");
  const came: string[] = [];
  const wait = (merchantId: string, name = merchantId) => {
    const turn = permits.waitFor(merchantId);
    void turn.came.then(() => {
      came.push(name);
      if (merchantId !== "stuck") permits.committed(merchantId);
    });
    return turn;
  };
  /** Gives so many back, one after another, and their commits go through. */
  const release = async (count: number) => {
    for (let one = 0; one < count; one += 1) {
      permits.release();
      await Promise.resolve();
    }
  };
  return { permits, clock, came, wait, release };
}

test("a merchant that is alone has all of the room", () => {
  const clock = { now: 0 };
  const permits = new Permits(() => 16, { monotonic: () => clock.now });
  assert.ok(permits.take("gone"));
  permits.committed("gone");
  permits.release();
  clock.now = 1;
  assert.ok(permits.take("alone"));
  clock.now = 60_001;
  let taken = 1;
  while (permits.take("alone")) taken += 1;
  assert.equal(taken, 16);
});

test("of what waits for its commit, a merchant leaves the last eighth of the room to the others", () => {
  const permits = new Permits(() => 16, { monotonic: () => 0 });
  assert.ok(permits.take("other"));
  permits.committed("other");
  permits.release();
  let stuck = 0;
  while (permits.take("stuck")) stuck += 1;
  assert.deepEqual([stuck, permits.free()], [14, 2]);
  assert.ok(permits.take("other"));
  permits.committed("other");
  assert.ok(permits.take("other"), "whoever's commits go through has all of the room");
  assert.equal(permits.take("third"), false);
  permits.release();
  permits.committed("stuck");
  assert.equal(permits.take("stuck"), false, "its thirteen others still wait");
  assert.ok(permits.take("third"));
});

test("who waits has their turn by merchant, however many of one wait", async () => {
  const { permits, came, wait, release } = full(16);
  for (let one = 1; one <= 4; one += 1) wait("noisy", `noisy ${one}`);
  wait("quiet");
  wait("other");
  await release(5);
  assert.deepEqual(came, ["noisy 1", "quiet", "other", "noisy 2", "noisy 3"]);
  assert.deepEqual([permits.underWay, permits.free()], [16, 0]);
});

test("nobody takes what is free past those who wait, but what was taken on already", async () => {
  const { permits, wait, release } = full(16);
  permits.keepForDue();
  wait("waits");
  await release(1);
  assert.equal(permits.free(), 1);
  assert.deepEqual([permits.take("late"), permits.takeDue("due")], [false, true]);
});

test("for a second an eighth of the room is kept for what is due", async () => {
  const { permits, clock, came, wait, release } = full(16);
  permits.keepForDue();
  wait("waits");
  await release(2);
  assert.deepEqual([came, permits.free()], [[], 2]);
  await release(1);
  assert.deepEqual([came, permits.free()], [["waits"], 2]);
  assert.equal(permits.take("new"), false);
  clock.now = 1_001;
  assert.ok(permits.take("new"));
});

test("who has left the line gets nothing, and who leaves too late has a permit to give back", async () => {
  const { permits, came, wait, release } = full(16);
  const [first, second] = [wait("m", "first"), wait("m", "second")];
  assert.equal(first.leave(), true);
  await release(1);
  assert.deepEqual([came, second.leave(), permits.underWay], [["second"], false, 16]);
  assert.equal(permits.waitOf("m"), 0);
});

test("it is known how long a merchant has waited, and whether commits are what is slow", async () => {
  const { permits, clock, wait, release } = full(4);
  assert.equal(permits.waitsForCommits, false, "all are at the bank");
  wait("m");
  clock.now = 300;
  wait("m");
  assert.deepEqual([permits.waitOf("m"), permits.waitOf("nobody")], [300, 0]);
  await release(2);
  for (let one = 0; one < 3; one += 1) wait("stuck");
  await release(3);
  assert.deepEqual([permits.waitOf("m"), permits.waitsForCommits], [0, true]);
});

test("where there is more room than before, those who wait have it", async () => {
  let most = 1;
  const permits = new Permits(() => most, { monotonic: () => 0 });
  assert.ok(permits.take("m"));
  const turn = permits.waitFor("m");
  most = 2;
  permits.admit();
  await turn.came;
  assert.equal(permits.underWay, 2);
});

test("a merchant whose commits are stuck waits for its own, and those behind it do not", async () => {
  const { permits, came, wait, release } = full(16);
  for (let one = 0; one < 16; one += 1) wait("stuck");
  wait("quiet");
  await release(16);
  assert.deepEqual(came.slice(0, 3), ["stuck", "quiet", "stuck"]);
  assert.deepEqual([came.length, permits.free()], [14, 2], "the last eighth is left to others");
});

test("the line is full when twice as many wait as there is room for, for a merchant that has its share of it", async () => {
  const { permits, wait, release } = full(4);
  for (let one = 0; one < 7; one += 1) wait("noisy");
  assert.equal(permits.isFull("noisy"), false);
  const last = wait("noisy");
  assert.equal(permits.isFull("noisy"), true);
  assert.equal(permits.isFull("quiet"), false, "who has less of the line than its share may still join it");
  for (let one = 0; one < 3; one += 1) wait("quiet");
  assert.equal(permits.isFull("quiet"), true);
  last.leave();
  await release(2);
  assert.equal(permits.isFull("noisy"), true, "eight still wait");
  await release(1);
  assert.equal(permits.isFull("noisy"), false);
});
