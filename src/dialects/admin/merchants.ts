import { AdminError } from "./errors.ts";
import { field, object, optional, record } from "./fields.ts";
import { ok, onMerchant, operation } from "./operation.ts";
import { showMerchant } from "./show.ts";
import { country, currency, handle, newFloor, text, timezone, yesOrNo } from "./values.ts";

const approval = object({ frisbii: optional(yesOrNo), worldline: optional(yesOrNo) });

const newMerchant = {
  handle,
  currency,
  name: optional(text(255)),
  country: optional(country),
  timezone: optional(timezone),
  test: optional(yesOrNo),
  worldline_merchant_id: optional(
    field("1 to 10 digits as text, the first not 0", (value) =>
      typeof value === "string" && /^[1-9]\d{0,9}$/.test(value) ? value : undefined,
    ),
  ),
  approval: optional(approval),
  floors: optional(record(currency, newFloor)),
};

const changes = {
  name: optional(text(255)),
  country: optional(country),
  timezone: optional(timezone),
  approval: optional(approval),
};

const taken = {
  handle: new AdminError(409, "handle_taken", "another merchant has this handle", "handle"),
  worldline_merchant_id: new AdminError(
    409,
    "worldline_merchant_id_taken",
    "another merchant has this Worldline id",
    "worldline_merchant_id",
  ),
};

export const merchantOperations = [
  operation("POST", "/admin/merchants", {
    does: "makes a merchant with a key for each API; the keys are shown this once",
    body: newMerchant,
    async run(ports, { body: { worldline_merchant_id: worldlineMerchantId, approval, ...draft } }) {
      const created = await ports.merchants.create(
        given({ ...draft, worldlineMerchantId, approval: given(approval ?? {}) }),
      );
      if ("taken" in created) return taken[created.taken];
      const { merchant, frisbii, worldline } = created;
      return ok(
        {
          url: ports.url(),
          merchant: showMerchant(merchant),
          frisbii: { private_key: frisbii.privateKey },
          worldline: { merchant_id: merchant.worldlineMerchantId, key_id: worldline.keyId, secret: worldline.secret },
        },
        201,
      );
    },
  }),
  operation("GET", "/admin/merchants", {
    does: "lists the merchants, oldest first, or the one of a handle",
    query: { handle: optional(handle) },
    async run({ merchants }, { query }) {
      const one = query.handle === undefined ? undefined : await merchants.byHandle(query.handle);
      const found = query.handle === undefined ? await merchants.list() : one === undefined ? [] : [one];
      return ok({ merchants: found.map(showMerchant) });
    },
  }),
  onMerchant("GET", "", {
    does: "shows a merchant",
    run: async (_, { merchant }) => ok(showMerchant(merchant)),
  }),
  onMerchant("PATCH", "", {
    does: "changes what is given of a merchant; payouts decided from now on follow it",
    body: changes,
    async run({ merchants }, { merchant, body: { approval, ...body } }) {
      const changed = await merchants.change(merchant.id, given({ ...body, approval: given(approval ?? {}) }));
      return ok(showMerchant(changed ?? merchant));
    },
  }),
];

type Given<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
};

/** Without the members that were left out. */
const given = <T extends object>(members: T): Given<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
