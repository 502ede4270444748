import { toWire } from "../../core/money.ts";
import { isRefusal, refuse } from "../../core/refusal.ts";
import { fundMerchant, setFloor } from "../../flow/fund.ts";
import { ok, onMerchant } from "./operation.ts";
import { showAccount } from "./show.ts";
import { currency, minorOrNone, signedMinor, text } from "./values.ts";

export const balanceOperations = [
  onMerchant("GET", "/balances", {
    does: "shows the balances of each currency",
    run: async ({ services }, { merchant }) =>
      ok({ balances: (await services.reader.accounts(merchant.id)).map(showAccount) }),
  }),
  onMerchant("POST", "/funds", {
    does: "books money that came in (or, negative, was taken out), once per reference",
    body: { reference: text(255), currency, amount_minor: signedMinor },
    async run({ services }, { merchant, body }) {
      const { reference, currency, amount_minor: amountMinor } = body;
      const funding = { merchantId: merchant.id, id: services.ids.row(), reference, currency, amountMinor };
      const funded = await services.commit(fundMerchant(funding));
      if (isRefusal(funded)) return funded;
      if (funded.repeated) {
        const first = await services.reader.funding(merchant.id, reference);
        if (first?.currency !== currency || first.amountMinor !== amountMinor) return refuse("reference_reused");
      }
      const { repeated, account } = funded;
      const told = { reference, currency, amount_minor: toWire(amountMinor), repeated, balance: showAccount(account) };
      return ok(told, repeated ? 200 : 201);
    },
  }),
  onMerchant("PUT", "/floors", {
    does: "sets how low the available balance of a currency may go",
    body: { currency, floor_minor: minorOrNone },
    async run({ services }, { merchant, body }) {
      const set = await services.commit(setFloor(merchant.id, body.currency, body.floor_minor));
      return isRefusal(set) ? set : ok({ balance: showAccount(set.account) });
    },
  }),
];
