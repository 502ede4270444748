import { assert } from "../core/assert.ts";
import type { Merchant } from "../core/parties.ts";
import type { Reader } from "./services.ts";

/** For so long a merchant's currency, timezone and name are believed; what decides about money is read at each decision. */
const freshMs = 60_000;
const mostKept = 10_000;

/** The records of merchants that ask, as far as answers are worded by them. A crowd that asks at once waits for one read. */
export class Merchants {
  readonly #reader: Pick<Reader, "merchant">;
  readonly #kept = new Map<string, { readonly merchant: Merchant; readonly until: number }>();
  readonly #reads = new Map<string, Promise<Merchant>>();

  constructor(reader: Pick<Reader, "merchant">) {
    this.#reader = reader;
  }

  async of(merchantId: string, now: number): Promise<Merchant> {
    const kept = this.#kept.get(merchantId);
    if (kept !== undefined && now < kept.until) return kept.merchant;
    const begun = this.#reads.get(merchantId);
    if (begun !== undefined) return begun;
    const read = this.#read(merchantId, now).finally(() => this.#reads.delete(merchantId));
    this.#reads.set(merchantId, read);
    return read;
  }

  async #read(merchantId: string, now: number): Promise<Merchant> {
    const merchant = await this.#reader.merchant(merchantId);
    assert(merchant !== undefined, `the merchant of an API key exists`);
    if (this.#kept.size >= mostKept) this.#kept.clear();
    this.#kept.set(merchantId, { merchant, until: now + freshMs });
    return merchant;
  }
}
