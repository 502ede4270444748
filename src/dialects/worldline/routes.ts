import { assert } from "../../core/assert.ts";
import type { Dialect, Route } from "../dialect.ts";
import { Merchants } from "../merchants.ts";
import type { Asked, Services } from "../services.ts";
import { authenticate, type FindKey } from "./authenticate.ts";
import { convertAccount, getIinDetails } from "./bank-services.ts";
import { convertAmount } from "./convert-amount.ts";
import { createPayout } from "./create-payout.ts";
import { tellFault } from "./faults.ts";
import { answeringOf, type Operation, type Tools } from "./operation.ts";
import { Running } from "./running.ts";
import { approve, cancel, cancelApproval, findPayouts, getPayout } from "./payouts.ts";
import { createToken, deleteToken, getToken, updateToken } from "./tokens.ts";
import { Turns } from "./turns.ts";

export interface WorldlinePorts extends Omit<Tools, "services" | "running" | "turns"> {
  readonly findKey: FindKey;
  /** For so long before and after its `Date` a request is taken; a quarter of an hour if absent. */
  readonly windowMs?: number;
}

const testConnection: Operation = () => Promise.resolve({ status: 200, body: { result: "OK" } });

const operations: readonly [method: Route["method"], path: string, operation: Operation][] = [
  ["POST", "/payouts", createPayout],
  ["GET", "/payouts", findPayouts],
  ["GET", "/payouts/:payoutId", getPayout],
  ["POST", "/payouts/:payoutId/approve", approve],
  ["POST", "/payouts/:payoutId/cancel", cancel],
  ["POST", "/payouts/:payoutId/cancelapproval", cancelApproval],
  ["GET", "/services/testconnection", testConnection],
  ["GET", "/services/convert/amount", convertAmount],
  ["POST", "/services/convert/bankaccount", convertAccount],
  ["POST", "/services/getIINdetails", getIinDetails],
  ["POST", "/tokens", createToken],
  ["GET", "/tokens/:tokenId", getToken],
  ["PUT", "/tokens/:tokenId", updateToken],
  ["DELETE", "/tokens/:tokenId", deleteToken],
];

/** Worldline Connect (Global Collect), as far as payouts go. docs/dialects.md says how far. */
export function worldlineDialect(services: Services, { findKey, windowMs, ...ports }: WorldlinePorts): Dialect {
  const merchants = new Merchants(services.reader);
  const tools: Tools = { services, ...ports, running: new Running(), turns: new Turns() };
  const routes = operations.map(([method, path, operation]): Route => ({
    method,
    path: `/v1/:merchantId${path}`,
    async handle(asked, { merchantId }) {
      assert(merchantId !== null, "a key is linked to a merchant");
      const merchant = await merchants.of(merchantId, asked.now);
      return operation(tools, { asked, merchant, answering: answeringOf(asked) });
    },
  }));
  return {
    name: "worldline",
    routes,
    claims,
    authenticate: (asked) => authenticate(asked, findKey, windowMs),
    refuse: (fault, asked) => tellFault(fault, answeringOf(asked)),
  };
}

/** Its paths begin with a merchant's number; and its requests are signed. */
const claims = ({ path, headers }: Pick<Asked, "path" | "headers">): boolean =>
  /^\/v1\/\d+(?:\/|$)/.test(path) || /^GCS /i.test(headers["authorization"] ?? "");
