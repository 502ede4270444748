import { Readable } from "node:stream";
import { isCurrency, minorDigits } from "../../core/currency.ts";
import { toWire } from "../../core/money.ts";
import type { Merchant } from "../../core/parties.ts";
import { isOver, outcomes, readReport, type Outcome, type Period, type ReportRow } from "../../store/report.ts";
import { startOfDay } from "../worldline/days.ts";
import { invalid } from "./errors.ts";
import { field, optional } from "./fields.ts";
import { onMerchant } from "./operation.ts";
import { instantOrNull, instantText } from "./show.ts";
import { oneOf } from "./values.ts";

const date = field("a day such as 2026-01-31", (value) => {
  if (typeof value !== "string" || !/^20\d\d-\d\d-\d\d$/.test(value)) return undefined;
  const at = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value) ? value : undefined; // no 30 February
});

/** An amount in the currency's smallest unit as people write it: `125.00`. */
export function decimalText(minor: bigint, currency: string): string {
  const digits = isCurrency(currency) ? minorDigits[currency] : 0;
  const text = minor.toString().padStart(digits + 1, "0");
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** A day by the clock in the merchant's country: 23, 24 or 25 hours. */
function periodOf(day: string, timezone: string): Period {
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return { from: startOfDay(day.replaceAll("-", ""), timezone), to: startOfDay(next.replaceAll("-", ""), timezone) };
}

const showRow = (row: ReportRow) => ({
  handle: row.handle,
  payout_id: row.payoutId,
  customer: row.customer,
  merchant_reference: row.merchantReference,
  merchant_order_id: row.merchantOrderId,
  invoice_number: row.invoiceNumber,
  wire_reference: row.wireReference,
  bank_id: row.bankId,
  amount: decimalText(row.amountMinor, row.currency),
  amount_minor: toWire(row.amountMinor),
  currency: row.currency,
  state: row.state,
  first_created_at: instantText(row.createdAt),
  created_at: instantOrNull(row.that.created),
  paid_at: instantOrNull(row.that.paid),
  failed_at: instantOrNull(row.that.failed),
  cancelled_at: instantOrNull(row.that.cancelled),
  returned_at: instantOrNull(row.that.returned),
  paid_minor: toWire(row.paidMinor),
  returned_minor: toWire(row.returnedMinor),
});
const columns = [
  "handle",
  "payout_id",
  "customer",
  "merchant_reference",
  "merchant_order_id",
  "invoice_number",
  "wire_reference",
  "bank_id",
  "amount",
  "amount_minor",
  "currency",
  "state",
  "first_created_at",
  "created_at",
  "paid_at",
  "failed_at",
  "cancelled_at",
  "returned_at",
  "paid_minor",
  "returned_minor",
] as const satisfies readonly (keyof ReturnType<typeof showRow>)[];

/** A cell by RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe instead, which it shows as text. */
export function cell(value: string | number | null): string {
  if (value === null) return "";
  const text = String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

async function* asCsv(pages: AsyncIterable<readonly ReportRow[]>): AsyncGenerator<string> {
  yield `${columns.join(",")}\r\n`;
  for await (const page of pages) {
    const lines = page.map(showRow).map((row) => columns.map((column) => cell(row[column])).join(","));
    yield `${lines.join("\r\n")}\r\n`;
  }
}

type Total = { count: number; minor: bigint };
const noTotals = (): Record<Outcome, Total> =>
  Object.fromEntries(outcomes.map((outcome) => [outcome, { count: 0, minor: 0n }])) as Record<Outcome, Total>;

/** Counts rows by currency, so that what is told at the end is of the very rows that were told before. */
class Totals {
  readonly #byCurrency = new Map<string, Record<Outcome, Total>>();

  add(row: ReportRow): void {
    const totals = this.#byCurrency.get(row.currency) ?? noTotals();
    this.#byCurrency.set(row.currency, totals);
    const moved = { paid: row.paidMinor, returned: row.returnedMinor } as const;
    for (const outcome of outcomes) {
      if (row.that[outcome] === null) continue;
      totals[outcome].count += 1;
      totals[outcome].minor += outcome === "paid" || outcome === "returned" ? moved[outcome] : row.amountMinor;
    }
  }

  show() {
    const sorted = [...this.#byCurrency].sort(([one], [other]) => (one < other ? -1 : 1));
    return sorted.map(([currency, totals]) => ({
      currency,
      ...Object.fromEntries(
        outcomes.map((outcome) => {
          const { count, minor } = totals[outcome];
          return [outcome, { count, amount: decimalText(minor, currency), amount_minor: toWire(minor) }];
        }),
      ),
    }));
  }
}

async function* asJson(head: object, pages: AsyncIterable<readonly ReportRow[]>): AsyncGenerator<string> {
  const totals = new Totals();
  let before = `${JSON.stringify(head).slice(0, -1)},"payouts":[`;
  for await (const page of pages) {
    for (const row of page) totals.add(row);
    yield before + page.map((row) => JSON.stringify(showRow(row))).join(",\n");
    before = ",\n";
  }
  yield `${before.replace(",\n", "")}],"totals":${JSON.stringify(totals.show())}}\n`;
}

const headOf = (merchant: Merchant, day: string, { from, to }: Period) => ({
  merchant: merchant.id,
  merchant_handle: merchant.handle,
  date: day,
  timezone: merchant.timezone,
  from: instantText(from),
  to: instantText(to),
});

export const reportOperations = [
  onMerchant("GET", "/report", {
    does: "reports a day (by the clock of the merchant's time zone): one row for each payout that was created, paid, failed, cancelled or returned on it, as it stood at its end, and, in JSON, totals by currency",
    query: { date, format: optional(oneOf("json", "csv")) },
    async run({ pool }, { merchant, query: { date: day, format = "json" }, now }) {
      const period = periodOf(day, merchant.timezone);
      if (period.from > now + 60_000) return invalid("date", "must not be in the future");
      const pages = readReport(pool, merchant.id, period, now);
      const name = `${merchant.handle}-${day}.${format}`;
      const type = format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/json; charset=utf-8";
      return {
        status: 200,
        body: Readable.from(
          format === "csv"
            ? asCsv(pages)
            : asJson({ ...headOf(merchant, day, period), complete: isOver(period, now) }, pages),
        ),
        headers: { "content-type": type, "content-disposition": `attachment; filename="${name}"` },
      };
    },
  }),
];
