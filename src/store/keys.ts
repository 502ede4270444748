import type pg from "pg";
import { readAs, run, writeAs } from "./db.ts";
import { Lookups } from "./lookups.ts";
import {
  draftFrisbiiKey,
  draftPublicKey,
  draftWorldlineKey,
  insertKey,
  type KeyDraft,
  secretPlace,
  toKeyInfo,
  type KeyInfo,
  type KeyMaking,
  type NewFrisbiiKey,
  type NewPublicKey,
  type NewWorldlineKey,
} from "./new-key.ts";
import type { Row } from "./read.ts";

/** Whose key it is. `keyId` names the key in limits and logs. */
export interface FoundKey {
  readonly keyId: string;
  readonly merchantId: string;
}
export interface WorldlineKey extends FoundKey {
  readonly worldlineMerchantId: string;
  /** What requests are signed with: its text, as it stands. */
  readonly secret: string;
}

export interface KeyPorts extends KeyMaking {
  readonly pool: pg.Pool;
  /** Milliseconds that never jump. */
  monotonic(): number;
}

/** The API keys of all merchants. A key that was revoked is refused everywhere within a second. */
export class ApiKeys {
  readonly #ports: KeyPorts;
  readonly #frisbii: Lookups<FoundKey>;
  readonly #public: Lookups<FoundKey>;
  readonly #worldline: Lookups<WorldlineKey>;

  constructor(ports: KeyPorts) {
    this.#ports = ports;
    this.#frisbii = new Lookups((hash) => this.#readFrisbii(hash), ports);
    this.#public = new Lookups((key) => this.#readPublic(key), ports);
    this.#worldline = new Lookups((keyId) => this.#readWorldline(keyId), ports);
  }

  /** The key of this hash (hashKey of its text); undefined: none, or one that was revoked. */
  findFrisbii(hash: Buffer): Promise<FoundKey | undefined> {
    return this.#frisbii.find(hash.toString("hex"));
  }

  /** The public key of that text. */
  async findPublic(key: string): Promise<FoundKey | undefined> {
    return /^pub_[0-9a-f]{32}$/.test(key) ? this.#public.find(key) : undefined;
  }

  /** The key of that id, with the secret that its requests have to be signed with. */
  async findWorldline(keyId: string): Promise<WorldlineKey | undefined> {
    return /^[0-9a-f]{16}$/.test(keyId) ? this.#worldline.find(keyId) : undefined;
  }

  create(merchantId: string, kind: "frisbii", label: string | null): Promise<NewFrisbiiKey>;
  create(merchantId: string, kind: "frisbii_public", label: string | null): Promise<NewPublicKey>;
  create(merchantId: string, kind: "worldline", label: string | null): Promise<NewWorldlineKey>;
  async create(merchantId: string, kind: KeyInfo["kind"], label: string | null): Promise<KeyInfo> {
    const drafts = { frisbii: draftFrisbiiKey, frisbii_public: draftPublicKey, worldline: draftWorldlineKey };
    const draft: KeyDraft<KeyInfo> = await drafts[kind](this.#ports, merchantId);
    return writeAs(this.#ports.pool, [merchantId], (client) => insertKey(client, draft, label));
  }

  /** The merchant's private key of this hash, revoked or not. */
  ofHash(merchantId: string, hash: Buffer): Promise<KeyInfo | undefined> {
    return readAs(this.#ports.pool, merchantId, async (client) => {
      const text = "select * from api_keys where merchant_id = $1 and hash = $2";
      return (await run<Row>(client, text, [merchantId, hash])).rows.map(toKeyInfo)[0];
    });
  }

  /** All keys of a merchant, revoked ones too, oldest first. */
  list(merchantId: string): Promise<KeyInfo[]> {
    return readAs(this.#ports.pool, merchantId, async (client) => {
      const text = "select * from api_keys where merchant_id = $1 order by created_at, id";
      return (await run<Row>(client, { name: "list_keys", text }, [merchantId])).rows.map(toKeyInfo);
    });
  }

  /** Revokes a key for good. Undefined: the merchant has no such key. A second time, it stays as it is. */
  revoke(merchantId: string, id: string): Promise<KeyInfo | undefined> {
    return writeAs(this.#ports.pool, [merchantId], async (client) => {
      const text = `update api_keys set revoked_at = coalesce(revoked_at, clock_timestamp())
                     where merchant_id = $1 and id = $2 returning *`;
      return (await run<Row>(client, text, [merchantId, id])).rows.map(toKeyInfo)[0];
    });
  }

  async #readFrisbii(hash: string): Promise<FoundKey | undefined> {
    const text = `select id, merchant_id from api_keys where hash = decode($1, 'hex') and revoked_at is null`;
    return readAs(this.#ports.pool, [], async (client) => {
      const row = (await run<Row>(client, { name: "find_frisbii_key", text }, [hash])).rows[0];
      return row === undefined ? undefined : { keyId: row.id, merchantId: row.merchant_id };
    });
  }

  async #readPublic(key: string): Promise<FoundKey | undefined> {
    const text = `select id, merchant_id from api_keys
                   where key_id = $1 and kind = 'frisbii_public' and revoked_at is null`;
    return readAs(this.#ports.pool, [], async (client) => {
      const row = (await run<Row>(client, { name: "find_public_key", text }, [key])).rows[0];
      return row === undefined ? undefined : { keyId: row.id, merchantId: row.merchant_id };
    });
  }

  async #readWorldline(keyId: string): Promise<WorldlineKey | undefined> {
    const text = `select k.id, k.merchant_id, k.secret, m.worldline_merchant_id
                    from api_keys k join merchants m on m.id = k.merchant_id
                   where k.key_id = $1 and k.revoked_at is null`;
    const row = await readAs(this.#ports.pool, [], async (client) => {
      return (await run<Row>(client, { name: "find_worldline_key", text }, [keyId])).rows[0];
    });
    if (row === undefined) return undefined;
    const secret = await this.#ports.vault.open(secretPlace(row.merchant_id, row.id), row.secret);
    return { keyId: row.id, merchantId: row.merchant_id, worldlineMerchantId: row.worldline_merchant_id, secret };
  }
}
