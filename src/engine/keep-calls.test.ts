import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallMade } from "../store/notice-calls.ts";
import { CallKeeper } from "./keep-calls.ts";

const callOf = (noticeId: string, body = "fine"): CallMade => ({
  merchantId: "1",
  noticeId,
  state: "completed",
  nextInMs: null,
  call: { number: 1, beganAt: 0, durationMs: 1, status: 200, fault: null, headers: { a: "b" }, body },
});

/** What PostgreSQL says of a statement. */
const refused = (code: string): Error => Object.assign(new Error("refused"), { code, severity: "ERROR" });

/** A keeper whose store refuses what `problem` says. */
function keeper(problem: (calls: readonly CallMade[]) => Error | undefined) {
  const saved: CallMade[] = [];
  const logged: Record<string, unknown>[] = [];
  let tries = 0;
  const keep = new CallKeeper({
    save: async (calls) => {
      tries += 1;
      const error = problem(calls);
      if (error !== undefined) throw error;
      saved.push(...calls);
    },
    sleep: () => Promise.resolve(),
    log: (event) => logged.push(event),
  });
  return { keep, saved, logged, tries: () => tries };
}
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

test("an answer that cannot be stored keeps no other waiting, and the call is kept without it", async () => {
  const { keep, saved, logged, tries } = keeper((calls) =>
    calls.some(({ call }) => call.body === "bad") ? refused("22021") : undefined,
  );
  const all = numbers(1_200).map((id) => keep.keep(callOf(id, id === "700" ? "bad" : "fine")));
  assert.ok((await Promise.all(all)).every(Boolean));
  assert.equal(keep.saving, false);
  assert.deepEqual(
    saved.map(({ noticeId }) => noticeId),
    numbers(1_200),
    "in order, and each once",
  );
  const { state, call } = saved[700]!;
  assert.deepEqual([state, call.status, call.fault], ["completed", 200, "what was answered could not be kept"]);
  assert.deepEqual([call.headers, call.body], [{}, ""]);
  assert.deepEqual(
    logged.map(({ notice }) => notice),
    ["700"],
  );
  assert.ok(tries() < 40, `${tries()} statements`);
});

test("a call that cannot be kept at all is given up with a word, and the others are kept", async () => {
  for (const error of [refused("22003"), refused("23514"), new TypeError("no text")]) {
    const { keep, saved, logged } = keeper((calls) =>
      calls.some(({ noticeId }) => noticeId === "3") ? error : undefined,
    );
    const kept = await Promise.all(numbers(8).map((id) => keep.keep(callOf(id))));
    assert.deepEqual(
      kept.flatMap((each, id) => (each ? [] : [id])),
      [3],
    );
    assert.deepEqual([saved.length, logged.length], [7, 2]);
  }
});

test("while the database is away nothing is given up: all are kept once it is back", async () => {
  for (const error of [refused("57P01"), refused("53100"), refused("40P01"), new Error("Connection terminated")]) {
    let away = 5;
    const { keep, saved, logged } = keeper(() => ((away -= 1) >= 0 ? error : undefined));
    assert.ok((await Promise.all(numbers(8).map((id) => keep.keep(callOf(id))))).every(Boolean));
    assert.deepEqual([saved.length, logged.length], [8, 5]);
    assert.ok(saved.every(({ call }) => call.body === "fine"));
  }
});

test("a database that goes away while the call to blame is looked for is waited for", async () => {
  let calls = 0;
  const { keep, saved } = keeper((batch) => {
    calls += 1;
    if (calls > 2 && calls < 8) return refused("57P01");
    return batch.some(({ call }) => call.body === "bad") ? refused("22021") : undefined;
  });
  const all = numbers(8).map((id) => keep.keep(callOf(id, id === "5" ? "bad" : "fine")));
  assert.ok((await Promise.all(all)).every(Boolean));
  assert.deepEqual(
    saved.map(({ noticeId }) => noticeId),
    numbers(8),
  );
});
