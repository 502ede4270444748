import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Page } from "../../store/filters.ts";
import { isApiError } from "./errors.ts";
import { tellList } from "./list.ts";
import { readMethodFilter } from "./method-filter.ts";
import { readPayoutFilter } from "./payout-filter.ts";
import { asked, merchant, method, noon, nullsIn } from "./trial.ts";

const listing = (query: string) => {
  const read = readPayoutFilter(asked("GET", `/v1/list/payout?${query}`), merchant);
  assert.ok(!isApiError(read), `${query}: ${String(isApiError(read) && read.message)}`);
  return read;
};
const filter = (query: string) => listing(query).filter;
const refusal = (query: string, read: typeof readPayoutFilter | typeof readMethodFilter = readPayoutFilter) => {
  const no = read(asked("GET", `/v1/list/payout?${query}`), merchant);
  return isApiError(no) ? `${no.status}/${no.code} ${no.message ?? ""}` : "read";
};
const instant = (text: string) => Date.parse(text);

test("without parameters a list is the twenty newest of a month until now, as far as this API can tell them", () => {
  assert.deepEqual(filter(""), {
    from: instant("2025-07-04T12:46:01.853Z"),
    to: noon + 60_000, // what was written just now is there, even if the database's clock is ahead
    after: null,
    size: 20,
    range: "created",
    mostMinor: 2_147_483_647n,
  });
});

test("every documented filter of payouts is spoken", () => {
  const query =
    "handle=payout-1&handle_prefix=pay&handle_contains=out&customer=cust-0002&state=paid&state=failed&amount=%5B10000%3B20000)" +
    "&currency=USD&currency=EUR&card=ca_20bc&card_type=visa&card_prefix=457100&card_postfix=0123&card_fingerprint=cst_1" +
    "&range=paid&size=100&from=2021-09-01&to=2021-10-01T12:00";
  assert.deepEqual(filter(query), {
    from: instant("2021-08-31T22:00:00Z"),
    to: instant("2021-10-01T10:00:00Z"),
    after: null,
    size: 100,
    range: "paid",
    mostMinor: 2_147_483_647n,
    handle: "payout-1",
    handlePrefix: "pay",
    handleContains: "out",
    customer: "cust-0002",
    states: ["paid", "failed", "cancelled", "returned"],
    amountMinor: { from: { value: 10_000n, inclusive: true }, to: { value: 20_000n, inclusive: false } },
    currencies: ["USD", "EUR"],
    methodId: "ca_20bc",
    brand: "visa",
    cardPrefix: "457100",
    cardPostfix: "0123",
    fingerprint: "cst_1",
  });
  assert.deepEqual(filter("state=created").states, ["awaiting_approval"]);
  assert.deepEqual(filter("state=processing").states, ["queued", "sent", "accepted", "in_doubt"]);
});

test("amounts are a number or a range, open at either end", () => {
  const ten = { value: 10n, inclusive: true };
  assert.deepEqual(filter("amount=10").amountMinor, { from: ten, to: ten });
  assert.deepEqual(filter("amount=(0;)").amountMinor, { from: { value: 0n, inclusive: false } });
  assert.deepEqual(filter("amount=[;10]").amountMinor, { to: ten });
  assert.deepEqual(filter("amount=[;]").amountMinor, {});
  for (const amount of ["", "[10", "10;20", "[a;b]", "[10,20]", "-1", "[1e3;]", `[${"9".repeat(16)};]`, "[1;2;3]"]) {
    assert.match(refusal(`amount=${amount}`), /^422\/1 amount must be a number or a range/, amount);
  }
});

test("an interval is counted back from the end", () => {
  assert.equal(filter("to=2021-10-08T00:00&interval=P1W").from, instant("2021-09-30T22:00:00Z"));
  assert.equal(filter("interval=P1DT2H").from, noon - 26 * 3_600_000);
  assert.equal(refusal("interval=P1W&from=2021-09-01"), "422/1 from and interval exclude each other");
});

test("what a parameter cannot mean is refused by name", () => {
  const bad: [string, RegExp][] = [
    ["size=9", /^422\/1 size must be a number from 10 to 100/],
    ["size=101", /^422\/1 size/],
    ["size=20&size=30", /^422\/1 size/],
    ["size=1e1", /^422\/1 size/],
    ["range=updated", /^422\/1 range must be one of: created, paid, failed/],
    ["from=yesterday", /^422\/1 from must be a local date/],
    ["to=2021-02-30", /^422\/1 to must be/],
    ["interval=1W", /^422\/1 interval/],
    ["from=2021-10-02&to=2021-10-01", /^400\/23 /],
    ["state=done", /^422\/1 state must be one of/],
    ["state=paid,failed", /^422\/1 state/],
    ["currency=usd", /^422\/1 currency/],
    ["customer=", /^422\/1 customer/],
    ["customer=a&customer=b", /^422\/1 customer/],
    ["handle=a%00b", /^422\/1 handle/],
    ["handle_contains=%25%27--", /^422\/1 handle_contains/],
    ["card_type=gold", /^422\/1 card_type/],
    ["card_prefix=45710a", /^422\/1 card_prefix must be 1 to 6 digits/],
    ["card_postfix=12345", /^422\/1 card_postfix/],
    ["next_page_token=MTYzMjkxNDc4NTAwMDoxMA", /^422\/1 next_page_token/],
  ];
  for (const [query, expected] of bad) assert.match(refusal(query), expected, query);
});

const page: Page<number> = { rows: [1, 2, 3], next: { at: noon - 5_000, id: "9223372036854775807" } };
const nextOf = (query: string): string =>
  tellList(listing(query).part, page, merchant, String as never).next_page_token!;

test("the answer tells the period in local time, and where the next page begins", () => {
  const { part } = listing("size=10&to=2021-10-08");
  const told = JSON.parse(JSON.stringify(tellList(part, page, merchant, (row) => ({ row }))));
  assert.deepEqual(told, {
    size: 10,
    count: 3,
    range: "created",
    from: "2021-09-08T00:00:00.000",
    to: "2021-10-08T00:00:00.000",
    content: [{ row: 1 }, { row: 2 }, { row: 3 }],
    next_page_token: told.next_page_token,
  });
  assert.match(told.next_page_token, /^[\w-]+$/);
  const last = tellList(part, { rows: [], next: null }, merchant, () => ({}));
  assert.deepEqual([last.count, last.next_page_token, nullsIn(last)], [0, undefined, []]);
});

test("a range other than 'created' is left out of the answer: generated clients fail on it", () => {
  for (const range of ["paid", "failed"]) {
    assert.equal(tellList(listing(`range=${range}`).part, page, merchant, String as never).range, undefined);
  }
});

test("the next page goes on where the last one ended, within the same period, however late it is asked for", () => {
  const first = filter("size=10");
  const later = { ...asked("GET", `/v1/list/payout?next_page_token=${nextOf("size=10")}&size=10`), now: noon + 60_000 };
  const second = readPayoutFilter(later, merchant);
  assert.ok(!isApiError(second));
  assert.deepEqual(second.filter, { ...first, to: noon, after: page.next });
});

test("a token that was changed, or brought along to another list, is refused", () => {
  const token = nextOf("size=10&state=paid&state=failed");
  const same = `next_page_token=${token}&state=failed&size=10&state=paid`;
  assert.deepEqual(filter(same).after, page.next);
  for (const other of ["size=10", "size=20&state=paid&state=failed", "size=10&state=paid&state=failed&customer=a"]) {
    assert.match(refusal(`${other}&next_page_token=${token}`), /^422\/1 next_page_token/, other);
  }
  const theirs = readPayoutFilter(asked("GET", `/v1/list/payout?${same}`), { ...merchant, id: "8" });
  assert.ok(isApiError(theirs));
  fc.assert(
    fc.property(
      fc.nat(token.length - 1),
      fc.constantFrom("A", "B", "a", "b", "0", "1", "-", "_", "."),
      (at, letter) => {
        const changed = token.slice(0, at) + letter + token.slice(at + 1);
        fc.pre(changed !== token);
        assert.match(refusal(same.replace(token, changed)), /^422\/1 next_page_token/);
      },
    ),
  );
});

test("any query is a filter or an error, and nothing is thrown", () => {
  const names = [
    "size",
    "range",
    "from",
    "to",
    "interval",
    "next_page_token",
    "amount",
    "state",
    "handle",
    "__proto__",
  ];
  const values = fc.oneof(fc.string(), fc.constantFrom("created", "2021-10-06", "P1M", "[1;2]", "paid", "10"));
  const queries = fc.array(fc.tuple(fc.constantFrom(...names), values), { maxLength: 6 });
  fc.assert(
    fc.property(queries, (pairs) => {
      const query = new URLSearchParams(pairs).toString();
      for (const read of [readPayoutFilter, readMethodFilter])
        assert.match(refusal(query, read), /^(?:read|4\d\d\/\d+ )/);
    }),
  );
});

test("payment methods are listed by what is kept of them; what none of them has, none is listed by", () => {
  const read = (query: string) => {
    const answer = readMethodFilter(asked("GET", `/v1/list/payment_method?${query}`), merchant);
    assert.ok(!isApiError(answer));
    return answer.filter;
  };
  const query = `id=${method.id}&customer=c&state=active&state=pending&reference=r&card_type=visa&card_type=mc&payment_type=card`;
  const { from, to, ...rest } = read(query)!;
  assert.ok(from < to);
  assert.deepEqual(rest, {
    after: null,
    size: 20,
    id: method.id,
    states: ["active", "pending"],
    customer: "c",
    reference: "r",
    brands: ["visa", "mc"],
  });
  assert.equal(read("payment_type=sepa&payment_type=applepay"), null, "there is none to list");
  for (const foreign of ["card_country=DK", "subscription=s", "offline_agreement_handle=o", "mps_external_id=1"])
    assert.equal(read(foreign), null, foreign);
  assert.deepEqual(read("card_type=visa&card_type=mc&transaction_card_type=mc")!.brands, ["mc"]);
  assert.equal(read("card_gateway=reepay"), null, "a test merchant pays by the sandbox alone");
  assert.ok(read("card_gateway=test&card_agreement=agreement-1")!.brands!.includes("visa"));
  assert.equal(read("card_agreement=another"), null);
  const { failed } = read("failed=[2025-07-01;2025-08-01)")!;
  const midnight = Date.UTC(2025, 5, 30, 22); // in Copenhagen
  assert.deepEqual(failed!.from, { value: midnight, inclusive: true });
  assert.equal(failed!.to!.inclusive, false);
  for (const wrong of ["failed=yesterday", "failed=[2025-02-30;]", "failed=", "failed=2025-01-01;2025-02-01"])
    assert.match(refusal(wrong, readMethodFilter), /^422\/1 failed must be/, wrong);
  assert.match(refusal("range=failed", readMethodFilter), /^422\/1 range must be one of: created/);
});
