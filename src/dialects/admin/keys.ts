import { isRowId } from "../../store/reader.ts";
import { unknown } from "./errors.ts";
import { optional } from "./fields.ts";
import { ok, onMerchant } from "./operation.ts";
import { showKey } from "./show.ts";
import { oneOf, text } from "./values.ts";

export const keyOperations = [
  onMerchant("POST", "/keys", {
    does: "makes one more key; its secret part is shown this once",
    body: { kind: oneOf("frisbii", "frisbii_public", "worldline"), label: optional(text(100)) },
    async run({ keys }, { merchant, body: { kind, label = null } }) {
      if (kind === "frisbii") {
        const key = await keys.create(merchant.id, kind, label);
        return ok({ ...showKey(key), frisbii: { private_key: key.privateKey } }, 201);
      }
      if (kind === "frisbii_public") {
        const key = await keys.create(merchant.id, kind, label);
        return ok({ ...showKey(key), frisbii: { public_key: key.masked } }, 201);
      }
      const key = await keys.create(merchant.id, kind, label);
      const worldline = { merchant_id: merchant.worldlineMerchantId, key_id: key.keyId, secret: key.secret };
      return ok({ ...showKey(key), worldline }, 201);
    },
  }),
  onMerchant("GET", "/keys", {
    does: "lists the keys, masked, oldest first",
    run: async ({ keys }, { merchant }) => ok({ keys: (await keys.list(merchant.id)).map(showKey) }),
  }),
  onMerchant("DELETE", "/keys/:key", {
    does: "revokes a key for good: within a second it opens nothing",
    async run({ keys }, { merchant, params: { key = "" } }) {
      const revoked = isRowId(key) ? await keys.revoke(merchant.id, key) : undefined;
      return revoked === undefined ? unknown("key") : ok(showKey(revoked));
    },
  }),
];
