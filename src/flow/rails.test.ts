import assert from "node:assert/strict";
import { test } from "node:test";
import type { RailPolicy } from "../core/rail.ts";
import { isRefusal } from "../core/refusal.ts";
import { noon, OnePayout } from "../testing/one-payout.ts";
import { mostTries } from "./park.ts";

const [minute, hour] = [60_000, 3_600_000];
const askable = { name: "bank", fences: false, horizonMs: hour } as const;
const classes: Record<string, RailPolicy> = {
  "a rail that deduplicates for good": { ...askable, class: "deduplicates" },
  "a rail that deduplicates for a day": { ...askable, class: "deduplicates", windowMs: 24 * hour },
  "a rail that can only be asked": { ...askable, class: "asks" },
  "a rail that fences": { ...askable, class: "asks", fences: true, horizonMs: 0 },
};
const mute: RailPolicy = { name: "bank", class: "neither", fences: false, horizonMs: 48 * hour };

function sent(rules: RailPolicy): OnePayout {
  const one = new OnePayout(rules);
  one.send();
  return one;
}
/** Sent, and no answer. */
function silent(rules: RailPolicy): OnePayout {
  const one = sent(rules);
  one.after(10_000).hear("unanswered", { source: "reply" });
  return one;
}

for (const [name, rules] of Object.entries(classes)) {
  test(`over ${name}, silence is doubt, and a late "paid" is paid, once`, () => {
    const one = silent(rules);
    assert.deepEqual([one.payout.state, one.account.balances.held], ["in_doubt", 12_500n]);
    one.after(minute).hear("paid");
    assert.deepEqual([one.payout.state, one.sends, one.account.balances.paid_out], ["paid", [1], 12_500n]);
  });

  test(`over ${name}, what was never received goes again as soon as that may be believed, and not before`, () => {
    const one = silent(rules);
    if (!rules.fences) {
      one.after(rules.horizonMs - minute).hear("never_received"); // counted from the deadline of the last send
      assert.deepEqual([one.payout.state, one.sends], ["in_doubt", [1]]);
      one.after(2 * minute);
    }
    one.hear("never_received");
    assert.deepEqual([one.payout.state, one.sends], ["sent", [1, 2]]);
    one.after(10_000).hear("unanswered", { source: "reply" });
    if (!rules.fences) {
      one.after(rules.horizonMs - minute).hear("never_received");
      assert.deepEqual(one.sends, [1, 2], "every send begins the horizon anew");
    }
  });

  test(`over ${name}, a late success after "not found" is paid, and was not sent twice`, () => {
    const one = silent(rules);
    const early = { askedAt: one.now, send: rules.fences ? 0 : 1 }; // asked before there was anything to fence
    one.hear("never_received", early);
    assert.deepEqual([one.payout.state, one.sends], ["in_doubt", [1]]);
    one.after(30 * minute).hear("paid");
    assert.deepEqual([one.payout.state, one.sends, one.incidents.length], ["paid", [1], 0]);
  });

  test(`over ${name}, an outage of three days fails nothing and sends nothing: it is asked about, ever less often`, () => {
    const one = silent(rules);
    let asks = 0;
    while (one.now < noon + 72 * hour) {
      one.now = Math.max(one.now, one.payout.nextAt!);
      const asked = one.ask();
      assert.ok(!isRefusal(asked) && asked.question !== null);
      asks += 1;
      one.after(10_000).hear("unanswered");
      assert.ok(one.payout.nextAt! - one.now <= 15 * minute, "never longer than a quarter of an hour");
    }
    assert.deepEqual([one.payout.state, one.sends, one.incidents], ["in_doubt", [1], []]);
    assert.ok(asks > 288 && asks < 700, `${asks} questions in three days`);
    one.hear("paid");
    assert.equal(one.payout.state, "paid");
  });
}

test("a rail that recognises a reference for some time only gets no send that might arrive after that", () => {
  const brief: RailPolicy = { ...askable, class: "deduplicates", windowMs: 150 * minute };
  const inTime = silent(brief);
  inTime.after(70 * minute).hear("never_received");
  assert.deepEqual(inTime.sends, [1, 2]);
  inTime.after(10_000).hear("unanswered", { source: "reply" });
  inTime.after(65 * minute).hear("never_received"); // believed, 135 minutes after the first send: it might arrive an hour later
  assert.deepEqual([inTime.payout.state, inTime.sends, inTime.account.balances.held], ["failed", [1, 2], 0n]);

  const atTheEnd = silent(brief);
  atTheEnd.now = noon + 90 * minute - 9_000; // it might leave ten seconds later
  atTheEnd.hear("never_received");
  assert.deepEqual([atTheEnd.payout.state, atTheEnd.sends], ["failed", [1]]);

  const unbelieved = silent({ ...brief, windowMs: 30 * minute });
  unbelieved.after(40 * minute).hear("never_received");
  assert.deepEqual([unbelieved.payout.state, unbelieved.sends], ["in_doubt", [1]], "past the window, only questions");
});

test("over a rail that cannot be asked there is one send: silence is an incident, and its money stays held", () => {
  const one = silent(mute);
  assert.deepEqual([one.payout.state, one.payout.frozen, one.payout.nextAt], ["in_doubt", true, null]);
  assert.deepEqual(
    one.incidents.map(({ kind, facts }) => [kind, facts]),
    [["silence", { state: "in_doubt", attempt: "1" }]],
  );
  assert.deepEqual(one.events, ["created", "sent", "unanswered", "parked"]);
  for (const attempt of [() => one.send(), () => one.ask(), () => one.ask(true)]) assert.ok(isRefusal(attempt()));
  one.after(72 * hour).hear("never_received", { source: "status_file" });
  assert.deepEqual([one.payout.state, one.sends, one.account.balances.held], ["in_doubt", [1], 12_500n]);
  one.hear("paid", { source: "reply" });
  assert.deepEqual(
    [one.payout.state, one.account.balances.paid_out],
    ["paid", 12_500n],
    "a late reply is still the truth",
  );
});

test("over a rail that cannot be asked, a send whose lease ran out is an incident too, and nobody asks", () => {
  const one = new OnePayout(mute);
  one.send();
  assert.ok(isRefusal(one.after(20_000).ask()), "its answer may still come");
  const asked = one.after(10_000).ask();
  assert.ok(!isRefusal(asked) && asked.question === null);
  assert.deepEqual([one.payout.state, one.payout.nextAt, one.incidents.length], ["in_doubt", null, 1]);
});

test("over a rail that cannot be asked, what was accepted is given the time that its bank may take, and then is an incident", () => {
  const one = new OnePayout(mute);
  one.send();
  one.hear("accepted", { source: "reply" });
  assert.ok(isRefusal(one.after(47 * hour).ask()));
  one.after(2 * hour).ask();
  assert.deepEqual(
    [one.payout.state, one.payout.frozen, one.incidents.map(({ kind }) => kind)],
    ["accepted", true, ["silence"]],
  );
});

for (const rules of [...Object.values(classes), mute]) {
  test(`what certainly did not leave goes again without a question (${rules.class}${rules.fences ? ", fences" : ""})`, () => {
    const one = new OnePayout(rules);
    for (const send of [1, 2, 3, 4, 5]) {
      one.now = Math.max(one.now, one.payout.nextAt!);
      const sent = one.send();
      assert.ok(!isRefusal(sent) && sent.order?.send.send === send);
      one.hear("unsent", { source: "reply" });
      assert.deepEqual([one.payout.state, one.payout.firstSentAt], ["queued", null]);
      assert.ok(one.payout.nextAt! > one.now && one.payout.nextAt! <= one.now + minute);
    }
    assert.deepEqual([one.incidents, one.payout.tries, one.account.balances.held], [[], 0, 12_500n]);
  });
}

test("where an earlier send may have left, one that did not leave is asked about like silence", () => {
  const one = silent(classes["a rail that fences"]!);
  one.hear("never_received");
  one.hear("unsent", { source: "reply" });
  assert.deepEqual([one.payout.state, one.payout.send], ["in_doubt", 2]);
});

test("that a send did not leave is believed also when the lease ran out before that was told", () => {
  const one = new OnePayout(mute);
  one.send();
  one.after(30_000).ask();
  one.hear("unsent", { source: "own" });
  assert.deepEqual([one.payout.state, one.payout.frozen], ["queued", true], "it goes on when its incident is resolved");
  assert.ok(isRefusal(one.after(hour).send()));
  one.resolve(null);
  assert.ok(!isRefusal(one.send()));
});

test("that it was accepted is old news once it was declined, unless the bank was asked after that", () => {
  const one = sent(classes["a rail that fences"]!);
  one.hear("accepted", { source: "reply" });
  one.hear("declined");
  one.hear("accepted"); // asked before, and slow
  assert.deepEqual([one.payout.state, one.payout.frozen], ["failed", false]);
  const asked = one.ask(true);
  assert.ok(!isRefusal(asked) && asked.question?.over === true);
  one.hear("accepted", { afterEnd: true });
  assert.deepEqual([one.payout.state, one.payout.frozen], ["failed", true]);
});

test("a callback is no evidence", () => {
  const one = silent(classes["a rail that fences"]!);
  for (const verdict of ["paid", "declined", "never_received"] as const) one.hear(verdict, { source: "callback" });
  assert.deepEqual([one.payout.state, one.answers.length, one.sends], ["in_doubt", 1, [1]]);
});

test("an answer about another amount is no evidence: the payout waits for an operator, and is asked about meanwhile", () => {
  const one = silent(classes["a rail that can only be asked"]!);
  one.hear("unanswered", { differs: true });
  assert.deepEqual([one.payout.state, one.payout.frozen], ["in_doubt", true]);
  assert.equal(one.incidents[0]?.facts["verdict"], "another amount or currency");
  one.hear("unanswered", { differs: true });
  assert.equal(one.incidents.length, 1);
  assert.ok(one.payout.nextAt !== null);
});

test("a payout that is taken on again and again, and nothing comes of it, is parked with its money held", () => {
  const one = silent(classes["a rail that can only be asked"]!);
  for (let tries = 1; tries <= mostTries; tries += 1) {
    one.now = one.payout.nextAt!;
    const asked = one.ask(); // and the process dies
    assert.ok(!isRefusal(asked) && asked.question !== null, `try ${tries} is made`);
  }
  one.now = one.payout.nextAt!;
  const last = one.ask();
  assert.ok(!isRefusal(last) && last.question === null);
  assert.deepEqual([one.payout.state, one.payout.nextAt, one.account.balances.held], ["in_doubt", null, 12_500n]);
  assert.deepEqual(
    one.incidents.map(({ kind, facts }) => [kind, facts["while"]]),
    [["poison", "asking"]],
  );
  one.resolve(null);
  const again = one.ask();
  assert.ok(!isRefusal(again) && again.question !== null, "an operator lets it be tried again");
});

test("any answer, also silence, begins the count of tries anew; questions that somebody asked for do not count", () => {
  const one = silent(classes["a rail that can only be asked"]!);
  for (let round = 0; round < 3 * mostTries; round += 1) {
    one.now = one.payout.nextAt!;
    one.ask();
    one.hear("unanswered");
  }
  assert.deepEqual([one.payout.tries, one.payout.frozen], [0, false]);
  for (let round = 0; round < 3 * mostTries; round += 1) one.ask(true);
  assert.deepEqual([one.payout.tries, one.payout.frozen], [0, false]);
});

test("a payout that cannot leave through a fault of our own is parked after its tries", () => {
  const one = new OnePayout(mute);
  for (let tries = 1; tries <= mostTries; tries += 1) {
    one.now = one.payout.nextAt!;
    one.send();
    one.hear("unsent", { source: "own", ourFault: true });
    assert.deepEqual([one.payout.state, one.payout.tries], ["queued", tries]);
  }
  one.now = one.payout.nextAt!;
  const last = one.send();
  assert.ok(!isRefusal(last) && last.order === null);
  assert.deepEqual(
    [one.payout.state, one.payout.frozen, one.incidents.map(({ kind }) => kind)],
    ["queued", true, ["poison"]],
  );
});
