import { worldlinePayout, worldlineToken } from "./belongings.ts";
import type { Asking, Example, Examples, The } from "./examples.ts";

const root = "/v1/:merchantId";
const own = (ask: (the: The) => Asking, more: Partial<Example> = {}): Example => ({
  ask: (the) => {
    const { params, ...rest } = ask(the);
    return { params: { merchantId: the("worldlineMerchant"), ...params }, ...rest };
  },
  ...more,
});
const payout = (more: Partial<Example> = {}, body?: object) =>
  own((the) => ({ params: { payoutId: the("worldlinePayout") }, ...(body !== undefined && { body }) }), more);
const token = (more: Partial<Example> = {}, body?: object) =>
  own((the) => ({ params: { tokenId: the("worldlineToken") }, ...(body !== undefined && { body }) }), more);
const { payoutDetails } = worldlinePayout;

/** Every route of the Worldline dialect, as one merchant asks it. Another's merchant id is 403, whatever stands behind it. */
export const worldlineExamples: Examples = {
  [`POST ${root}/payouts`]: own(
    (the) => ({ body: { cardPayoutMethodSpecificInput: { token: the("worldlineToken") }, payoutDetails } }),
    { no: 400 },
  ),
  [`GET ${root}/payouts`]: own(() => ({}), { lists: "worldlinePayout" }),
  [`GET ${root}/payouts/:payoutId`]: payout(),
  [`POST ${root}/payouts/:payoutId/approve`]: payout({}, {}),
  [`POST ${root}/payouts/:payoutId/cancel`]: payout(),
  [`POST ${root}/payouts/:payoutId/cancelapproval`]: payout({ own: 402 }),
  [`GET ${root}/services/testconnection`]: own(() => ({})),
  [`GET ${root}/services/convert/amount`]: own(() => ({ query: { source: "EUR", target: "EUR", amount: "1" } })),
  [`POST ${root}/services/convert/bankaccount`]: own(() => ({
    body: { bankAccountIban: { iban: "DE89370400440532013000" } },
  })),
  [`POST ${root}/services/getIINdetails`]: own(() => ({ body: { bin: "411111" } })),
  [`POST ${root}/tokens`]: own(() => ({ body: worldlineToken("4026111111111115") })),
  [`GET ${root}/tokens/:tokenId`]: token(),
  [`PUT ${root}/tokens/:tokenId`]: token({}, worldlineToken("4111111111111111")),
  [`DELETE ${root}/tokens/:tokenId`]: token(),
};
