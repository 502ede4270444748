/** A bug that somebody could have written. It stands nowhere in the code: a copy is made in which it does. */
export interface Planted {
  readonly name: string;
  /** What is wrong then. */
  readonly says: string;
  readonly edits: readonly Edit[];
  /** It stands in the SQL, or around it: it can only be found on PostgreSQL. */
  readonly sql?: true;
}

export interface Edit {
  /** Under src/. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

export const planted: readonly Planted[] = [
  {
    name: "timeout-is-failure",
    says: "a bank that does not answer is taken to have declined",
    edits: [
      {
        file: "flow/answer.ts",
        find: 'return [{ kind: "unanswered", attempt, fault, at }];',
        replace: 'return [{ kind: "declined", attempt, fault, at }];',
      },
    ],
  },
  {
    name: "new-reference-per-send",
    says: "a resend carries another reference, so the bank cannot know it",
    edits: [
      {
        file: "engine/instruction.ts",
        find: "reference: attempt.reference,",
        replace: "reference: attempt.reference.slice(0, 19) + String(send.send),",
      },
    ],
  },
  {
    name: "no-horizon",
    says: '"never received" is believed at once',
    edits: [
      {
        file: "flow/belief.ts",
        find: 'source !== "reply" && (rules.fences || askedAt >= (payout.sendDeadlineAt ?? Infinity) + rules.horizonMs);',
        replace: 'source !== "reply" && (askedAt > 0 || rules.fences || payout.send > 0);',
      },
    ],
  },
  {
    name: "horizon-of-the-first-send",
    says: "a resend does not begin the waiting anew",
    edits: [
      {
        file: "flow/intent.ts",
        find: "const sent = { ...step.payout, tries, sendDeadlineAt: deadlineAt,",
        replace: "const sent = { ...step.payout, tries, sendDeadlineAt: payout.sendDeadlineAt ?? deadlineAt,",
      },
    ],
  },
  {
    name: "stale-never-received",
    says: '"never received" from before the latest send is believed of that send',
    edits: [{ file: "flow/belief.ts", find: "  send < payout.send &&", replace: "  send < 0 &&" }],
  },
  {
    name: "send-after-deadline",
    says: "a send leaves however late it is",
    edits: [
      {
        file: "engine/leaving.ts",
        find: "late ||= passedMs > sendWithinMs;",
        replace: "late ||= passedMs > 1e9 * sendWithinMs;",
      },
    ],
  },
  {
    name: "resend-after-crash",
    says: "a send whose lease ran out is sent again without asking",
    edits: [
      {
        file: "flow/send.ts",
        find: 'if (payout.state !== "queued" || (payout.nextAt ?? 0) > view.now || attempt.rail !== rail) {',
        replace: "if ((payout.nextAt ?? Infinity) > view.now || attempt.rail !== rail) {",
      },
      {
        file: "core/payout.ts",
        find: '  sent: { accepted: "accepted",',
        replace: '  sent: { sent: "sent", accepted: "accepted",',
      },
      {
        file: "simulator/memory/store.ts",
        find: '(work === "send" ? p.state === "queued" && !p.frozen : p.state !== "queued")',
        replace: '(work === "send" ? p.state !== "accepted" && !p.frozen : p.state === "accepted")',
      },
    ],
  },
  {
    name: "sent-is-forgotten",
    says: "only what is known to be in doubt is asked about, not what a crash left as sent",
    edits: [
      {
        file: "flow/send.ts",
        find: 'const doubted = payout.state === "sent" ?',
        replace: 'if (payout.state === "sent") return no;\n      const doubted = payout.state === "sent" ?',
      },
    ],
  },
  {
    name: "give-up-is-failure",
    says: "after three questions without an answer the payout has failed",
    edits: [
      {
        file: "flow/answer.ts",
        find: '  if (heard.answer.verdict !== "never_received" || payout.state !== "in_doubt") return null;',
        replace:
          '  if (payout.asks < 3 && heard.answer.verdict !== "never_received" || payout.state !== "in_doubt") return null;',
      },
    ],
  },
  {
    name: "late-answer-of-an-earlier-attempt",
    says: "an answer is taken to be about whatever attempt is the latest",
    edits: [
      {
        file: "flow/answer.ts",
        find: "if (heard.attempt < payout.attempt || hasNotLeft(payout)) return unchanged(payout);",
        replace: "if (hasNotLeft(payout)) return unchanged(payout);",
      },
      {
        file: "flow/answer.ts",
        find: "function follow(view: View, payout: Payout, heard: Heard): Decision<Resolved> | Refusal {",
        replace:
          "function follow(view: View, payout: Payout, late: Heard): Decision<Resolved> | Refusal { const heard = { ...late, attempt: payout.attempt };",
      },
    ],
  },
  {
    name: "handle-not-claimed",
    says: "whether a handle is known is looked up, but not locked",
    edits: [
      {
        file: "flow/accept.ts",
        find: 'if (typeof handle === "string") names.push({ kind: "payout", name: handle, id: request.id });',
        replace: "",
      },
    ],
  },
  {
    name: "silence-did-not-leave",
    says: "a send that got no answer is taken to have stayed here, and goes again without a question",
    edits: [
      {
        file: "rails/sandbox.ts",
        find: "return hasLeft ? unanswered(silence) :",
        replace: "return hasLeft && transfer === undefined ? unanswered(silence) :",
      },
      { file: "engine/exchange.ts", find: "if (left.gone) return", replace: "if (left.gone && left.late) return" },
    ],
  },
  {
    name: "retry-without-asking",
    says: "asked for again, a payout in doubt is tried anew without asking the bank",
    edits: [
      { file: "flow/retry.ts", find: '  in_doubt: "ask",', replace: '  in_doubt: "again",' },
      {
        file: "core/payout.ts",
        find: '  in_doubt: {\n    sent: "sent",',
        replace: '  in_doubt: {\n    retried: "queued",\n    sent: "sent",',
      },
    ],
  },
  {
    name: "retry-without-hold",
    says: "a new attempt does not hold the money again",
    edits: [
      {
        file: "core/payout.ts",
        find: "function moneySteps(from: PayoutState, to: PayoutState): readonly EntryKind[] {",
        replace:
          'function moneySteps(from: PayoutState, to: PayoutState): readonly EntryKind[] {\n  if (from === "failed" && to === "queued") return [];',
      },
    ],
  },
  {
    name: "doubt-releases",
    says: "the money of a payout in doubt is not held",
    edits: [
      {
        file: "core/payout.ts",
        find: '["queued", "sent", "accepted", "in_doubt"]',
        replace: '["queued", "sent", "accepted"]',
      },
    ],
  },
  {
    name: "settle-twice",
    says: "a payout that is paid can be paid again",
    edits: [
      {
        file: "core/payout.ts",
        find: '  paid: { returned: "returned" },',
        replace: '  paid: { returned: "returned", paid: "paid", sent: "sent" },',
      },
    ],
  },
  {
    name: "cancel-after-send",
    says: "what has left can still be cancelled",
    edits: [
      {
        file: "core/payout.ts",
        find: '  sent: { accepted: "accepted",',
        replace: '  sent: { cancelled: "cancelled", accepted: "accepted",',
      },
      {
        file: "core/payout.ts",
        find: "(takesBack && payout.send > 0) || ",
        replace: "takesBack && payout.send > 99 ||",
      },
    ],
  },
  {
    name: "failed-can-be-paid",
    says: "late truth quietly overwrites a failure instead of opening an incident",
    edits: [
      {
        file: "flow/contradiction.ts",
        find: 'if (payout.state === "failed" || payout.state === "cancelled") return moved;',
        replace: "",
      },
    ],
  },
  {
    name: "callback-is-believed",
    says: "what a callback says is taken as the bank's word",
    edits: [
      {
        file: "payments.ts",
        find: "import { waitsOn, type Clock }",
        replace: 'import { takeAnswer } from "./flow/answer.ts"; import { waitsOn, type Clock }',
      },
      {
        file: "payments.ts",
        find: "    const news = await dispatcher.hint(found.merchantId, found.payoutId, found);",
        replace: `    const rules = { name: found.rail, class: "asks", fences: true, horizonMs: 0 } as const;
    const answer = { verdict: "paid", fault: null, code: null, message: null, bankId: null, raw: "{}" } as const;
    const about = { merchantId: found.merchantId, payoutId: found.payoutId, attempt: found.attempt, send: 99, askedAt: 0 };
    await committer.commit(takeAnswer({ ...about, source: "callback", answer, rules, permit: false }, tools));
    const news = await dispatcher.hint(found.merchantId, found.payoutId, found);`,
      },
      { file: "flow/answer.ts", find: 'if (heard.source === "callback" || isStale', replace: "if (isStale" },
    ],
  },
  {
    name: "another-transfer-s-answer",
    says: "an answer is not compared with what was asked",
    edits: [
      {
        file: "rails/sandbox.ts",
        find: "  if (told.reference !== about.reference) return",
        replace: "  if (told === null) return",
      },
      { file: "rails/sandbox.ts", find: "  if (!same) return", replace: "  if (told === null) return" },
    ],
  },
  {
    name: "odd-words-are-a-no",
    says: "an answer in unknown words counts as a decline",
    edits: [
      {
        file: "rails/sandbox.ts",
        find: '    default:\n      return { ...unanswered(fault("acquirer_integration_error")), raw };',
        replace: '    default:\n      return { ...evidence, verdict: "declined", fault: fault("acquirer_error") };',
      },
    ],
  },
  {
    name: "5xx-is-a-no",
    says: "an HTTP 500 of the bank counts as a decline",
    edits: [
      {
        file: "rails/sandbox.ts",
        find: "  if (heard.status !== 200 || told === undefined) return { ...unanswered(faultOf(heard.status)), raw };",
        replace:
          '  if (heard.status !== 200 || told === undefined) return { ...nothing, verdict: "declined", fault: faultOf(heard.status), raw };',
      },
    ],
  },
  {
    name: "returns-skipped",
    says: "the list of returns is followed on before anything in it was looked at",
    edits: [{ file: "engine/returns.ts", find: "  if (missed !== undefined) throw missed;", replace: "" }],
  },
  {
    name: "lost-commit-is-committed",
    says: "a lost answer to COMMIT is taken for a yes",
    edits: [
      {
        file: "engine/flusher.ts",
        find: "const next = lost ? await this.#lookUp(error, batch) :",
        replace: 'const next = lost ? "committed" :',
      },
    ],
  },
  {
    name: "lost-commit-is-aborted",
    says: "a lost answer to COMMIT is taken for a no, and the batch is carried out again with what it had decided",
    edits: [
      {
        file: "engine/flusher.ts",
        find: 'if (status === "aborted") return "again";',
        replace: 'if (status === "aborted" || status === "in progress") return "committed";',
      },
    ],
  },
  {
    name: "approve-without-balance",
    says: "approving does not look at the balance",
    edits: [
      {
        file: "flow/approve.ts",
        find: 'if (payout.state === "awaiting_approval" && !canSpend(view.account(payout.currency), payout.amountMinor)) {',
        replace: "if (view.now < 0) {",
      },
    ],
  },
  {
    name: "accept-without-balance",
    says: "taking on a payout does not look at the balance",
    edits: [
      {
        file: "flow/take.ts",
        find: "const funded = waits || canSpend(view.account(request.currency), request.amountMinor);",
        replace: "const funded = waits || request.amountMinor > 0n;",
      },
    ],
  },
  {
    name: "permits-leak",
    says: "a send that got no answer keeps its place on the rail for ever",
    edits: [
      {
        file: "engine/exchange.ts",
        find: "    } finally {\n      gate?.sends.release();",
        replace: "    } finally {\n      if (order.send.send > 1) gate?.sends.release();",
      },
    ],
  },
  {
    name: "answer-dropped-while-busy",
    says: "the answer of a bank is dropped when its commit fails once, and the payout is not looked at again",
    edits: [
      { file: "flow/intent.ts", find: "nextAt: deadlineAt + answerWithinMs }", replace: "nextAt: deadlineAt + 1e12 }" },
    ],
  },
  {
    name: "payouts-without-lock",
    says: "the rows of payouts are read without a lock",
    sql: true,
    edits: [
      {
        file: "store/payout-locks.ts",
        find: "order by p.merchant_id, p.id\n            for no key update of p`",
        replace: "order by p.merchant_id, p.id`",
      },
    ],
  },
  {
    name: "remembered-without-looking",
    says: "a payout that a connection wrote is taken to be as it was, whoever has written it since",
    sql: true,
    edits: [
      {
        file: "store/payout-locks.ts",
        find: "if (kept.writer !== writer) outdated",
        replace: "if (kept.writer === writer + 1) outdated",
      },
    ],
  },
  {
    name: "accounts-without-lock",
    says: "balances are read without a lock",
    sql: true,
    edits: [
      {
        file: "store/locks.ts",
        find: "order by a.merchant_id, a.currency for no key update of a`",
        replace: "order by a.merchant_id, a.currency`",
      },
    ],
  },
  {
    name: "events-in-another-transaction",
    says: "events are written in a transaction of their own, after that of what they tell",
    sql: true,
    edits: [
      {
        file: "store/batch.ts",
        find: "  await writeAll(client, copy, notices);",
        replace:
          '  const { events } = copy.appended;\n  copy.appended.events = [];\n  await writeAll(client, copy, notices);\n  await client.query("commit");\n  await begin(client, merchants, number);\n  await writeRows(client, tables.events, events);',
      },
      {
        file: "store/batch.ts",
        find: 'import { writeAll } from "./write.ts";',
        replace:
          'import { writeAll } from "./write.ts";\nimport { writeRows } from "./rows.ts";\nimport * as tables from "./tables.ts";',
      },
    ],
  },
];
