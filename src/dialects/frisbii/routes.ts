import { assert } from "../../core/assert.ts";
import { isRefusal } from "../../core/refusal.ts";
import type { Dialect, Route } from "../dialect.ts";
import type { Asked, Services, Told } from "../services.ts";
import { tellAccount } from "./account.ts";
import { authenticate } from "./authenticate.ts";
import { browserRoutes, forBrowser, isBrowserPath } from "./browser.ts";
import { getTokenDetails } from "./card-tokens.ts";
import { copyCard, getBinInfo, getDetails, moveCard, verifyCard } from "./cards.ts";
import { errorCodes } from "./codes.ts";
import { deleteMetadata, getMetadata, putMetadata } from "./customer-metadata.ts";
import {
  createCustomer,
  deleteCustomer,
  getCustomer,
  listCustomers,
  searchCustomers,
  updateCustomer,
} from "./customers.ts";
import { invalid, isApiError, tellError, tellFault, tellRefusal } from "./errors.ts";
import { createKey, expireKey, listKeys } from "./keys.ts";
import { Merchants } from "../merchants.ts";
import {
  activateCard,
  addCard,
  getCard,
  getCardDetails,
  inactivateCard,
  listCards,
  reactivateCard,
} from "./old-methods.ts";
import type { FrisbiiPorts, Operation, Tools } from "./operation.ts";
import { addMethod, changeMethod, getMethod, listMethods } from "./payment-methods.ts";
import type { Webhooks } from "../webhooks.ts";
import { getEvent, listAllEvents } from "./events.ts";
import { getSettings, putSettings, renewSecret } from "./webhook-settings.ts";
import { disable, getWebhook, listLatest, listRequests, listWebhooks, move, resend } from "./webhooks.ts";
import { createPayout, getPayout, getTransactionDetails, listPayouts } from "./payouts.ts";
import { createSession } from "./session.ts";

const getAccount: Operation = async ({ merchants }, asked, merchantId) => ({
  body: tellAccount(await merchants.of(merchantId, asked.now)),
});

const operations: readonly [method: Route["method"], path: string, operation: Operation][] = [
  ["POST", "/v1/payout", createPayout],
  ["GET", "/v1/payout/:handle", getPayout],
  ["GET", "/v1/payout/:id/transaction/:transaction/details", getTransactionDetails],
  ["GET", "/v1/list/payout", listPayouts],
  ["POST", "/v1/customer", createCustomer],
  ["GET", "/v1/customer", searchCustomers],
  ["GET", "/v1/customer/:handle", getCustomer],
  ["PUT", "/v1/customer/:handle", updateCustomer],
  ["DELETE", "/v1/customer/:handle", deleteCustomer],
  ["GET", "/v1/list/customer", listCustomers],
  ["GET", "/v1/customer/:handle/metadata", getMetadata],
  ["PUT", "/v1/customer/:handle/metadata", putMetadata],
  ["DELETE", "/v1/customer/:handle/metadata", deleteMetadata],
  ["POST", "/v1/payment_method", addMethod],
  ["GET", "/v1/payment_method/:id", getMethod],
  ["DELETE", "/v1/payment_method/:id", changeMethod("delete")],
  ["POST", "/v1/payment_method/:id/inactivate", changeMethod("inactivate")],
  ["POST", "/v1/payment_method/:id/activate", changeMethod("activate")],
  ["POST", "/v1/payment_method/:id/card_reactivate", changeMethod("reactivate")],
  ["POST", "/v1/payment_method/:id/card/verify", verifyCard],
  ["POST", "/v1/payment_method/:id/card_copy", copyCard],
  ["POST", "/v1/payment_method/:id/card_move", moveCard],
  ["GET", "/v1/payment_method/:id/details", getDetails],
  ["GET", "/v1/payment_method/:id/card_bin_info", getBinInfo],
  ["GET", "/v1/payment_method/card_token/:tokenid/details", getTokenDetails],
  ["GET", "/v1/list/payment_method", listMethods],
  ["GET", "/v1/customer/:handle/payment_method", listCards],
  ["POST", "/v1/customer/:handle/payment_method/card", addCard],
  ["GET", "/v1/customer/:handle/payment_method/card/:id", getCard],
  ["GET", "/v1/customer/:handle/payment_method/card/:id/details", getCardDetails],
  ["POST", "/v1/customer/:handle/payment_method/:id/activate", activateCard],
  ["POST", "/v1/customer/:handle/payment_method/:id/inactivate", inactivateCard],
  ["POST", "/v1/customer/:handle/payment_method/:id/card_reactivate", reactivateCard],
  ["POST", "/v1/session/recurring", createSession],
  ["GET", "/v1/account", getAccount],
  ["POST", "/v1/account/privkey", createKey("frisbii")],
  ["GET", "/v1/account/privkey", listKeys("frisbii")],
  ["GET", "/v1/account/privkey_masked", listKeys("frisbii")],
  ["POST", "/v1/account/privkey/:key/expire", expireKey("frisbii")],
  ["POST", "/v1/account/pubkey", createKey("frisbii_public")],
  ["GET", "/v1/account/pubkey", listKeys("frisbii_public")],
  ["POST", "/v1/account/pubkey/:key/expire", expireKey("frisbii_public")],
];

const webhookOperations = (webhooks: Webhooks): readonly [Route["method"], string, Operation][] => [
  ["GET", "/v1/account/webhook_settings", getSettings(webhooks)],
  ["PUT", "/v1/account/webhook_settings", putSettings(webhooks)],
  ["POST", "/v1/account/webhook_settings/secret", renewSecret(webhooks)],
  ["GET", "/v1/webhook", listLatest(webhooks)],
  ["GET", "/v1/list/webhook", listWebhooks(webhooks)],
  ["GET", "/v1/webhook/:id", getWebhook(webhooks)],
  ["GET", "/v1/webhook/:id/request", listRequests(webhooks)],
  ["POST", "/v1/webhook/resend", resend(webhooks)],
  ["POST", "/v1/webhook/update", move(webhooks)],
  ["POST", "/v1/webhook/disable", disable(webhooks)],
  ["GET", "/v1/event", listAllEvents(webhooks)],
  ["GET", "/v1/event/:id", getEvent(webhooks)],
];

/** Lends its words for a bad request to what stands beside the API: the sandbox. */
export interface FrisbiiDialect extends Dialect {
  invalid(asked: Asked, message: string): Told;
}

/** Frisbii Billing and Pay (earlier Billwerk+ Optimize, earlier Reepay), as far as payouts go. docs/dialects.md says how far. */
export function frisbiiDialect(services: Services, ports: FrisbiiPorts): FrisbiiDialect {
  const { findKey, keys, url, webhooks } = ports;
  const tools: Tools = { services, merchants: new Merchants(services.reader), keys, url };
  const spoken = [...operations, ...(webhooks === undefined ? [] : webhookOperations(webhooks))];
  const routes = spoken.map(([method, path, operation]): Route => ({
    method,
    path,
    async handle(asked, { merchantId, keyId }) {
      assert(merchantId !== null, "a private key belongs to a merchant");
      const answer = await operation(tools, asked, merchantId, keyId);
      if (isApiError(answer)) return tellError(answer, asked);
      return isRefusal(answer) ? tellRefusal(answer, asked) : { status: 200, body: answer.body };
    },
  }));
  // Clients ask for this before they have a key.
  const codes: Route = {
    method: "GET",
    path: "/v1/error_codes",
    open: true,
    handle: () => Promise.resolve({ status: 200, body: errorCodes }),
  };
  return {
    name: "frisbii",
    routes: [...routes, ...browserRoutes(services, ports), codes],
    claims,
    keyAlone: true,
    authenticate: (asked) => authenticate(asked, findKey),
    refuse: (fault, asked) =>
      isBrowserPath(asked.path) ? forBrowser(tellFault(fault, asked)) : tellFault(fault, asked),
    invalid: (asked, message) => tellError(invalid(message), asked),
  };
}

/** Worldline's paths begin with `/v1/` too, then with a merchant's number; and its requests are signed. */
function claims({ path, headers }: Pick<Asked, "path" | "headers">): boolean {
  return /^\/v1(?:\/(?!\d+(?:\/|$))|$)/.test(path) && !/^GCS /i.test(headers["authorization"] ?? "");
}
