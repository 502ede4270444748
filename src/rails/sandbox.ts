import { Pool } from "undici";
import type { Fault } from "../core/payout.ts";
import { scrub } from "../logs/scrub.ts";
import { exchange, type HttpAnswer } from "./http.ts";
import type { Destination, Instruction, Listed, Rail, RailAnswer, RailRules, Sent } from "./rail.ts";
import { Together } from "./together.ts";

/** The sandbox bank judges duplicates by reference, can be asked, and bars a reference when asked to. */
const rules: RailRules = {
  name: "sandbox",
  class: "deduplicates",
  fences: true,
  horizonMs: 0,
  timeoutMs: 10_000,
  concurrency: 256,
  statementTextLength: 22,
  merchantReferenceLength: 22,
};

/** Connections beside those for sends, so that questions never wait behind them. */
const forQuestions = 64;

/** How words reach the bank and come back. Both reject when there is no answer, or none that could be read to its end. */
export interface Transport {
  ask(path: string): Promise<HttpAnswer>;
  /** `leaves` is called right before the first byte is written, and keeps it from being written by throwing. */
  send(transfer: string, leaves: () => void): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** Over HTTP to a bank at `url`. `options`: how connections are made, where that is not as usual. */
export function overHttp(url: string, options: Pool.Options = {}): Transport {
  const connections = rules.concurrency + forQuestions;
  const pool = new Pool(url, { connections, connect: { timeout: 3_000 }, ...options });
  const limits = { timeoutMs: rules.timeoutMs, mostBytes: 4 * 1024 * 1024 };
  const sends = new Together(pool, "/transfers", limits);
  return {
    ask: (path) => exchange(pool, { method: "GET", path, ...limits }),
    send: (transfer, leaves) => sends.send(transfer, leaves),
    close: () => pool.close(),
  };
}

/** The rail to a sandbox bank at `url`. `railClass`: for one that has been told to pay again what it has paid before. */
export const openSandboxRail = (url: string, railClass: RailRules["class"] = rules.class): Rail =>
  sandboxRail(overHttp(url), { class: railClass });

/** The rail to a bank that speaks the sandbox's language; `over`: rules in which it differs from the sandbox. */
export function sandboxRail(transport: Transport, over: Partial<RailRules> = {}): Rail {
  const ask = (path: string) => transport.ask(path).catch(() => undefined);
  const merged = { ...rules, ...over };
  return {
    rules: merged,
    async send(instruction, left) {
      let hasLeft = false;
      const leaves = () => {
        left();
        hasLeft = true;
      };
      const transfer = JSON.stringify(toTransfer(instruction));
      const heard = await transport.send(transfer, leaves).catch(() => undefined);
      if (heard !== undefined) return readAnswer(heard, instruction);
      return hasLeft ? unanswered(silence) : { ...unanswered(silence), verdict: "unsent" };
    },
    ...(merged.class !== "neither" && {
      async find(reference: string, fence: number, sent: Sent | null): Promise<RailAnswer> {
        const heard = await ask(`/transfers/${reference}?fence=${fence}`);
        if (heard === undefined) return unanswered(silence);
        const answer = readAnswer(heard, { reference });
        const none = answer.verdict === "declined" || answer.verdict === "never_received"; // of whatever amount
        return none ? answer : readAnswer(heard, { reference, ...sent });
      },
    }),
    async list(cursor) {
      const heard = await ask(`/transfers?status=returned&limit=1000&after=${cursor === "" ? "0" : cursor}`);
      if (heard?.status === 400) return { references: [], cursor: "" }; // other books: from their beginning
      const page = heard?.status === 200 ? asObject(heard.text) : undefined;
      if (page === undefined || !Array.isArray(page.changes)) return { references: [], cursor };
      const references = page.changes.map((change: unknown) => String((change as { reference?: unknown }).reference));
      return { references, cursor: String(page.next_cursor) };
    },
    async *listSince(since) {
      for (let after = ""; ;) {
        const from = new URLSearchParams({ since: new Date(since).toISOString(), limit: "1000" });
        if (after !== "") from.set("after", after);
        const heard = await ask(`/transfers?${from.toString()}`);
        const page = heard?.status === 200 ? asObject(heard.text) : undefined;
        const listed = Array.isArray(page?.changes) ? page.changes.map(readListed) : [undefined];
        if (listed.includes(undefined)) throw new Error("the sandbox bank does not tell what it has done");
        if (listed.length === 0) return;
        yield listed as Listed[];
        after = String(page?.next_cursor);
      }
    },
    close: () => transport.close(),
  };
}

const toTransfer = (i: Instruction) => ({
  reference: i.reference,
  send: i.send,
  amount_minor: Number(i.amountMinor),
  currency: i.currency,
  ...toDestination(i.destination),
  handle: i.handle,
  statement_text: i.statementText ?? undefined,
  merchant_reference: i.merchantReference ?? undefined,
  orders: i.text?.includes("sandbox:") === true ? i.text : undefined,
  amount_table: i.amountTable ? true : undefined,
});

function toDestination(to: Destination): object {
  switch (to.kind) {
    case "card":
      return { card: { number: to.number, exp_month: to.expMonth, exp_year: to.expYear } };
    case "iban":
      return { account: { holder: to.holder, iban: to.iban } };
    case "bban":
      return { account: { holder: to.holder, sort_code: to.sortCode, account_number: to.accountNumber } };
  }
}

/** What the bank said, if it is about this transfer and in words that we know; everything else is no answer. */
function readAnswer(heard: HttpAnswer, about: Partial<Instruction> & { reference: string }): RailAnswer {
  const told = asObject(heard.text);
  const whole = JSON.stringify({ http_status: heard.status, ...told });
  const raw = scrub(
    whole.length <= mostRaw
      ? whole
      : JSON.stringify({ http_status: heard.status, begins: whole.slice(0, mostRaw / 4) }),
  );
  if (heard.status === 404 && told?.status === "never_received" && told.reference === about.reference) {
    return { ...nothing, verdict: "never_received", fault: silence, raw };
  }
  if (heard.status !== 200 || told === undefined) return { ...unanswered(faultOf(heard.status)), raw };
  if (told.reference !== about.reference) return { ...unanswered(fault("acquirer_integration_error")), raw };
  const same =
    about.amountMinor === undefined ||
    (told.amount_minor === Number(about.amountMinor) && told.currency === about.currency);
  if (!same) return { ...unanswered(fault("acquirer_integration_error")), raw, differs: true };
  const evidence = { code: text(told.code), message: text(told.message), bankId: text(told.bank_id), raw };
  switch (told.status) {
    case "paid":
    case "accepted":
    case "returned":
      return { ...evidence, verdict: told.status, fault: null };
    case "declined": {
      const reason = decline(told.error, told.error_state);
      return reason === undefined
        ? { ...unanswered(fault("acquirer_integration_error")), raw }
        : { ...evidence, verdict: "declined", fault: reason };
    }
    default:
      return { ...unanswered(fault("acquirer_integration_error")), raw };
  }
}

/** A line of the bank's list; undefined when it cannot be understood. */
function readListed(line: unknown): Listed | undefined {
  const { reference, status, amount_minor: amount, currency, bank_id, at } = line as Record<string, unknown>;
  const known = status === "paid" || status === "accepted" || status === "declined" || status === "returned";
  const instant = typeof at === "string" ? Date.parse(at) : NaN;
  if (typeof reference !== "string" || !known || !Number.isSafeInteger(amount) || typeof currency !== "string")
    return undefined;
  if (Number.isNaN(instant)) return undefined;
  return { reference, status, amountMinor: BigInt(amount as number), currency, bankId: text(bank_id), at: instant };
}

/** Characters of an answer that are kept. */
const mostRaw = 4_000;
const nothing = { code: null, message: null, bankId: null } as const;
const fault = (error: string): Fault => ({ error, errorState: "processing_error" });
const silence = fault("acquirer_communication_error");
const unanswered = (why: Fault): RailAnswer => ({ ...nothing, verdict: "unanswered", fault: why, raw: "{}" });
const faultOf = (status: number): Fault =>
  fault(
    status === 500
      ? "acquirer_error"
      : status === 409 || status === 400
        ? "acquirer_integration_error"
        : "acquirer_communication_error",
  );

/** A decline in words that we know; an unknown reason is no definite no. */
function decline(error: unknown, errorState: unknown): Fault | undefined {
  const known = typeof error === "string" && /^[a-z_]{1,64}$/.test(error);
  if (!known || (errorState !== "soft_declined" && errorState !== "hard_declined" && errorState !== "processing_error"))
    return undefined;
  return { error, errorState };
}

const text = (value: unknown): string | null => (typeof value === "string" ? scrub(value.slice(0, 200)) : null);

function asObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
