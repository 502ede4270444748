import { DataKeys, type DataKeyPorts } from "./data-keys.ts";
import type { KeyRing } from "./keys.ts";
import { open, readEnvelope, seal, sealContext, SealFault, type Sealed } from "./seal.ts";

/** Where a sealed text belongs. It opens nowhere else. */
export interface Place {
  /** `0`: the installation itself. */
  readonly merchantId: string;
  readonly rowId: string;
  readonly purpose: string;
}

export interface VaultPorts extends DataKeyPorts {
  /** What opens texts of version 1: none but the database of an earlier release has them. */
  readonly ring: Pick<KeyRing, "opening">;
}

/** Seals and opens the secrets of merchants, each under a data key of its merchant's. */
export class Vault {
  readonly keys: DataKeys;
  readonly #ports: VaultPorts;

  constructor(ports: VaultPorts) {
    this.#ports = ports;
    this.keys = new DataKeys(ports);
  }

  async seal({ merchantId, rowId, purpose }: Place, text: string): Promise<Sealed<"v2">> {
    const key = await this.keys.forSealing(merchantId);
    return seal("v2", key, text, sealContext(merchantId, rowId, purpose), this.#ports.random);
  }

  /** Rejects with a {@link SealFault} for what was altered, belongs elsewhere, or needs a key that is not there. */
  async open({ merchantId, rowId, purpose }: Place, sealed: string): Promise<string> {
    const envelope = readEnvelope(sealed, "v1", "v2");
    const context = sealContext(merchantId, rowId, purpose);
    const { version, keyId } = envelope;
    const key = version === "v2" ? await this.keys.forOpening(merchantId, keyId) : this.#ports.ring.opening.get(keyId);
    if (key === undefined) throw new SealFault("unknown_key", `sealed under master key ${keyId}, which is not there`);
    return open(envelope, key, context).toString("utf8");
  }
}
