import type pg from "pg";
import type { Agreement, Merchant } from "../core/parties.ts";
import { sqlState } from "./batch.ts";
import { readAll, readAs, run, writeAs } from "./db.ts";
import {
  draftFrisbiiKey,
  draftWorldlineKey,
  insertKey,
  type KeyMaking,
  type NewFrisbiiKey,
  type NewWorldlineKey,
} from "./new-key.ts";
import { toMerchant, type Row } from "./read.ts";

/** A merchant to be. What is absent gets a default. */
export interface NewMerchant {
  readonly handle: string;
  readonly currency: string;
  readonly name?: string;
  readonly country?: string;
  readonly timezone?: string;
  readonly test?: boolean;
  readonly worldlineMerchantId?: string;
  readonly approval?: Partial<Merchant["approval"]>;
  /** By currency, how low the available balance may go; null: no floor. Not above 0: a new merchant has nothing. */
  readonly floors?: Readonly<Record<string, bigint | null>>;
}

/** What can be changed of one. Everything else is fixed: payouts, references and keys hang on it. */
export type MerchantChange = Partial<Pick<Merchant, "name" | "country" | "timezone" | "agreements">> &
  Pick<NewMerchant, "approval">;

export interface CreatedMerchant {
  readonly merchant: Merchant;
  readonly frisbii: NewFrisbiiKey;
  readonly worldline: NewWorldlineKey;
}

/** The name that another merchant has. */
export interface NameTaken {
  readonly taken: "handle" | "worldline_merchant_id";
}

export interface MerchantPorts extends KeyMaking {
  readonly pool: pg.Pool;
  /** Six characters (A to Z, 2 to 7) that the merchant's wire references begin with; `salt` tells apart what collided. */
  referencePrefix(handle: string, salt: number): string;
}

/** The merchants of this installation. */
export class Merchants {
  readonly #ports: MerchantPorts;

  constructor(ports: MerchantPorts) {
    this.#ports = ports;
  }

  /** Makes a merchant with its floors and a key for each API, all or nothing. */
  async create(draft: NewMerchant): Promise<CreatedMerchant | NameTaken> {
    for (let salt = 0; salt < 100; salt += 1) {
      try {
        return await this.#insert(draft, salt);
      } catch (error) {
        const taken = takenBy(error);
        if (taken === undefined) throw error;
        if (taken === "handle" || (taken === "worldline_merchant_id" && draft.worldlineMerchantId !== undefined)) {
          return { taken };
        } // else chance met what is there: once more, with another salt
      }
    }
    throw new Error("no free reference prefix and Worldline id were found for a new merchant");
  }

  async #insert(draft: NewMerchant, salt: number): Promise<CreatedMerchant> {
    const { pool, random, rowId } = this.#ports;
    const id = rowId();
    const made = {
      worldlineMerchantId: String(1_000_000_000 + (random(6).readUIntBE(0, 6) % 9_000_000_000)),
      referencePrefix: this.#ports.referencePrefix(draft.handle, salt),
    };
    const floors = Object.entries(draft.floors ?? {});
    const frisbiiDraft = draftFrisbiiKey(this.#ports, id);
    const worldlineDraft = await draftWorldlineKey(this.#ports, id);
    return writeAs(pool, [id], async (client) => {
      const { rows } = await run<Row>(client, insertMerchant, rowOf(id, draft, made));
      const minors = floors.map(([, minor]) => minor?.toString() ?? null);
      await run(client, insertFloors, [id, floors.map(([currency]) => currency), minors]);
      const frisbii = await insertKey(client, frisbiiDraft, null);
      const worldline = await insertKey(client, worldlineDraft, null);
      return { merchant: toMerchant(rows[0]!), frisbii, worldline };
    });
  }

  get(id: string): Promise<Merchant | undefined> {
    return this.#one("id", id);
  }
  byHandle(handle: string): Promise<Merchant | undefined> {
    return this.#one("handle", handle);
  }
  byWorldlineId(worldlineMerchantId: string): Promise<Merchant | undefined> {
    return this.#one("worldline_merchant_id", worldlineMerchantId);
  }

  async #one(column: "id" | "handle" | "worldline_merchant_id", value: string): Promise<Merchant | undefined> {
    const statement = { name: `merchant_by_${column}`, text: `select * from merchants where ${column} = $1` };
    return readAs(this.#ports.pool, [], async (client) => {
      return (await run<Row>(client, statement, [value])).rows.map(toMerchant)[0];
    });
  }

  /** All of them, oldest first. */
  list(): Promise<Merchant[]> {
    return readAll(this.#ports.pool, async (client) => {
      return (await run<Row>(client, "select * from merchants order by created_at, id")).rows.map(toMerchant);
    });
  }

  /** Changes what is given. Batches that decide by the merchant's policy wait for this, and this for them. */
  change(id: string, change: MerchantChange): Promise<Merchant | undefined> {
    return writeAs(this.#ports.pool, [id], async (client) => {
      const { rows } = await run<Row>(client, "select * from merchants where id = $1 for no key update", [id]);
      if (rows[0] === undefined) return undefined;
      const was = toMerchant(rows[0]);
      const { name, country, timezone, agreements } = { ...was, ...change };
      const approval = { ...was.approval, ...change.approval };
      const values = [id, name, country, timezone, JSON.stringify(approval), JSON.stringify(agreements)];
      return (await run<Row>(client, updateMerchant, values)).rows.map(toMerchant)[0];
    });
  }
}

/** A test merchant pays out to the sandbox, all brands and currencies; what a live one may do is agreed first. */
const sandbox: Agreement = { id: "sandbox", rail: "sandbox", brands: [], currencies: [], payout: true };

function rowOf(
  id: string,
  draft: NewMerchant,
  made: { worldlineMerchantId: string; referencePrefix: string },
): unknown[] {
  const test = draft.test ?? true;
  return [
    id,
    draft.handle,
    draft.name ?? draft.handle,
    draft.currency,
    draft.country ?? "DK",
    draft.timezone ?? "UTC",
    test,
    draft.worldlineMerchantId ?? made.worldlineMerchantId,
    made.referencePrefix,
    JSON.stringify({ frisbii: false, worldline: true, ...draft.approval }),
    JSON.stringify(test ? [sandbox] : []),
  ];
}

const insertMerchant = `
  insert into merchants (id, handle, name, currency, country, timezone, test, worldline_merchant_id, reference_prefix,
                         approval, agreements, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, date_trunc('milliseconds', clock_timestamp())) returning *`;
const insertFloors = `
  insert into accounts (merchant_id, currency, available_minor, held_minor, paid_out_minor, funding_minor, floor_minor)
  select $1::bigint, f.currency, 0, 0, 0, 0, f.floor_minor from unnest($2::text[], $3::bigint[]) as f(currency, floor_minor)`;
const updateMerchant = `
  update merchants set name = $2, country = $3, timezone = $4, approval = $5, agreements = $6 where id = $1 returning *`;

/** Which unique name of a merchant somebody else has. */
function takenBy(error: unknown): "handle" | "worldline_merchant_id" | "reference_prefix" | undefined {
  const constraint = sqlState(error) === "23505" ? (error as { constraint?: string }).constraint : undefined;
  const names = ["handle", "worldline_merchant_id", "reference_prefix"] as const;
  return names.find((name) => constraint === `merchants_${name}_key`);
}
