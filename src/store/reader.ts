import type pg from "pg";
import type { Answer, Incident } from "../core/attempt.ts";
import type { Funding } from "../core/command.ts";
import type { Account } from "../core/ledger.ts";
import type { CardSession, Customer, Merchant, Method, Token } from "../core/parties.ts";
import type { PayoutEventKind } from "../core/payout.ts";
import type { Story } from "../core/story.ts";
import { readAs, readAtOnce, run, type Statement } from "./db.ts";
import { listCustomers, searchCustomers } from "./customer-list.ts";
import type { CustomerFilter, CustomerSearch, FindFilter, MethodFilter, Page, PayoutFilter } from "./filters.ts";
import { Gathering } from "./gathering.ts";
import { listMethods } from "./method-list.ts";
import { findPayouts } from "./payout-find.ts";
import { listPayouts } from "./payout-list.ts";
import {
  toAccount,
  toAnswer,
  toCardSession,
  toCustomer,
  toMerchant,
  toMethod,
  toToken,
  vaultColumns,
  type Row,
} from "./read.ts";
import { inTime } from "./slow.ts";
import { readStories, tellStories } from "./stories.ts";
import { listStatementMs } from "./time-limits.ts";

/** The reading side: each call is one snapshot, as one merchant. Throws `QueryTooSlow` for what takes too long: a list, after two seconds. */
export function openReader(pool: pg.Pool) {
  const read = <T>(merchantId: string, work: (client: pg.PoolClient) => Promise<T>) =>
    inTime(readAs(pool, merchantId, work));
  const list = <T>(merchantId: string, work: (client: pg.PoolClient) => Promise<T>) =>
    inTime(readAs(pool, merchantId, work, listStatementMs));
  const rows = (merchantId: string, statement: Statement, ...values: readonly unknown[]) =>
    read(merchantId, async (client) => (await run<Row>(client, statement, [merchantId, ...values])).rows);
  const readAll = (merchantId: string, named: Parameters<typeof readStories>[2]) =>
    inTime(readAtOnce(pool, merchantId, (client) => readStories(client, merchantId, named)));
  const stories = new Gathering(async (merchantId, ids) => {
    const found = await readAll(merchantId, { ids });
    return new Map(found.map((story) => [story.payout.id, story]));
  });
  const storiesOf = new Gathering(async (merchantId, handles) => {
    const found = await readAll(merchantId, { handles });
    return new Map(found.map((story) => [story.payout.handle, story]));
  });

  return {
    async merchant(merchantId: string): Promise<Merchant | undefined> {
      return (await rows(merchantId, readMerchant)).map(toMerchant)[0];
    },
    async story(merchantId: string, payoutId: string): Promise<Story | undefined> {
      return isRowId(payoutId) ? stories.ask(merchantId, BigInt(payoutId).toString()) : undefined;
    },
    async storyOf(merchantId: string, handle: string): Promise<Story | undefined> {
      return isText(handle) ? storiesOf.ask(merchantId, handle) : undefined;
    },
    async lastTime(merchantId: string, payoutId: string, kind: PayoutEventKind): Promise<number | undefined> {
      return (await rows(merchantId, readLastTime, payoutId, kind))[0]?.["created_at"] as number | undefined;
    },
    async payouts(merchantId: string, filter: PayoutFilter): Promise<Page<Story>> {
      return list(merchantId, async (client) => {
        const page = await listPayouts(client, merchantId, filter);
        return { ...page, rows: await tellStories(client, merchantId, page.rows) };
      });
    },
    async find(merchantId: string, filter: FindFilter): Promise<{ stories: Story[]; total: number }> {
      return list(merchantId, (client) => findPayouts(client, merchantId, filter));
    },
    /** All answers about one attempt, oldest first. */
    async answers(merchantId: string, payoutId: string, attempt: number): Promise<Answer[]> {
      return isRowId(payoutId) ? (await rows(merchantId, readAnswers, payoutId, attempt)).map(toAnswer) : [];
    },
    async customer(merchantId: string, handle: string): Promise<Customer | undefined> {
      return isText(handle) ? (await rows(merchantId, readCustomer, handle)).map(toCustomer)[0] : undefined;
    },
    async customers(merchantId: string, filter: CustomerFilter): Promise<Page<Customer>> {
      return list(merchantId, (client) => listCustomers(client, merchantId, filter));
    },
    async searchCustomers(merchantId: string, search: CustomerSearch): Promise<{ rows: Customer[]; total: number }> {
      return list(merchantId, (client) => searchCustomers(client, merchantId, search));
    },
    async token(merchantId: string, id: string): Promise<Token | undefined> {
      return isText(id) ? (await rows(merchantId, readToken, id)).map(toToken)[0] : undefined;
    },
    async session(merchantId: string, id: string): Promise<CardSession | undefined> {
      return isText(id) ? (await rows(merchantId, readSession, id)).map(toCardSession)[0] : undefined;
    },
    async method(merchantId: string, id: string): Promise<Method | undefined> {
      return isText(id) ? (await rows(merchantId, readMethod, id)).map(toMethod)[0] : undefined;
    },
    /** The card that was kept for its own sake: its customer is its fingerprint, and by that an index finds it. */
    async keptCard(merchantId: string, fingerprint: string): Promise<Method | undefined> {
      return (await rows(merchantId, readKeptCard, fingerprint)).map(toMethod)[0];
    },
    async methods(merchantId: string, filter: MethodFilter): Promise<Page<Method>> {
      return list(merchantId, (client) => listMethods(client, merchantId, filter));
    },
    async rate(merchantId: string, source: string, target: string): Promise<string | undefined> {
      return (await rows(merchantId, readRate, source, target))[0]?.rate as string | undefined;
    },
    async accounts(merchantId: string): Promise<Account[]> {
      return (await rows(merchantId, readAccounts)).map(toAccount);
    },
    async funding(merchantId: string, reference: string): Promise<Funding | undefined> {
      return isText(reference) ? (await rows(merchantId, readFunding, reference)).map(toFunding)[0] : undefined;
    },
    /** The open ones, oldest first: whoever looks at them works them off. */
    async incidents(merchantId: string): Promise<(Incident & { readonly handle: string })[]> {
      return (await rows(merchantId, readIncidents)).map((row) => ({ ...toIncident(row), handle: row.handle }));
    },
  };
}

/** What can be an id of a row: the outside's text may be none, and PostgreSQL would call that an error. */
export const isRowId = (text: string): boolean => /^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n;
const isText = (text: string): boolean => !text.includes("\0");

const toFunding = (r: Row): Funding => ({
  merchantId: r.merchant_id,
  id: r.id,
  reference: r.reference,
  currency: r.currency,
  amountMinor: BigInt(r.amount_minor),
  at: r.created_at,
});

export const toIncident = (r: Row): Incident => ({
  merchantId: r.merchant_id,
  payoutId: r.payout_id,
  version: r.version,
  kind: r.kind,
  facts: r.facts,
  at: r.created_at,
});

const readMerchant = { name: "read_merchant", text: "select * from merchants where id = $1" };
const readLastTime = {
  name: "read_last_time",
  text: `select created_at from events where merchant_id = $1 and payout_id = $2 and kind = $3 order by version desc limit 1`,
};
const readAnswers = {
  name: "read_answers",
  text: "select * from answers where merchant_id = $1 and payout_id = $2 and attempt = $3 order by answer",
};
const readCustomer = { name: "read_customer", text: "select * from customers where merchant_id = $1 and handle = $2" };
const readMethod = {
  name: "read_method",
  text: `select m.*, ${vaultColumns}
           from payment_methods m join vault v on v.merchant_id = m.merchant_id and v.id = m.vault_id
          where m.merchant_id = $1 and m.id = $2`,
};
const readToken = {
  name: "read_token",
  text: `select t.*, ${vaultColumns} from card_tokens t join vault v on v.merchant_id = t.merchant_id and v.id = t.vault_id
          where t.merchant_id = $1 and t.id = $2`,
};
const readSession = { name: "read_session", text: "select * from card_sessions where merchant_id = $1 and id = $2" };
const readKeptCard = {
  name: "read_kept_card",
  text: `select m.*, ${vaultColumns}
           from payment_methods m join vault v on v.merchant_id = m.merchant_id and v.id = m.vault_id
          where m.merchant_id = $1 and m.customer = $2 and v.fingerprint = $2 and m.state = 'active'
          order by m.created_at, m.id limit 1`,
};
const readRate = {
  name: "read_rate",
  text: "select rate from rates where merchant_id = $1 and source = $2 and target = $3",
};
const readAccounts = { name: "read_accounts", text: "select * from accounts where merchant_id = $1 order by currency" };
const readFunding = { name: "read_funding", text: "select * from fundings where merchant_id = $1 and reference = $2" };
const readIncidents = {
  name: "read_incidents",
  text: `select i.*, p.handle from incidents i join payouts p on p.merchant_id = i.merchant_id and p.id = i.payout_id
          where i.merchant_id = $1 and i.resolved_at is null order by i.created_at, i.payout_id, i.version`,
};
