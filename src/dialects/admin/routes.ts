import { CustomerFiles } from "../../store/customer-file.ts";
import { PayoutFiles } from "../../store/payout-file.ts";
import { Rates } from "../../store/rates.ts";
import type { Dialect } from "../dialect.ts";
import { agreementOperations } from "./agreements.ts";
import { authenticate } from "./authenticate.ts";
import { balanceOperations } from "./balances.ts";
import { customerOperations } from "./customers.ts";
import { tellFault } from "./errors.ts";
import { dispatchOperations } from "./dispatch.ts";
import { endpointOperations } from "./endpoints.ts";
import { eventOperations } from "./events.ts";
import { keyOperations } from "./keys.ts";
import { merchantOperations } from "./merchants.ts";
import { noticeOperations } from "./notices.ts";
import type { AdminPorts, Operation } from "./operation.ts";
import { payoutOperations } from "./payouts.ts";
import { rateOperations } from "./rates.ts";
import { reportOperations } from "./report.ts";

/** Every operation of this API, as data: docs/admin.md is compared with it. */
export const adminOperations: readonly Operation[] = [
  ...merchantOperations,
  ...balanceOperations,
  ...keyOperations,
  ...agreementOperations,
  ...payoutOperations,
  ...customerOperations,
  ...rateOperations,
  ...endpointOperations,
  ...noticeOperations,
  ...eventOperations,
  ...reportOperations,
  ...dispatchOperations,
];

export interface AdminSettings extends Omit<AdminPorts, "files" | "customerFiles" | "rates"> {
  readonly adminTokenHash: Buffer;
}

/** The operator's own API: merchants, keys, money, approvals and incidents. */
export function adminDialect({ adminTokenHash, ...rest }: AdminSettings): Dialect {
  const ports: AdminPorts = {
    ...rest,
    files: new PayoutFiles(rest.pool),
    customerFiles: new CustomerFiles(rest.pool),
    rates: new Rates(rest.pool),
  };
  return {
    name: "admin",
    routes: adminOperations.map(({ method, path, answer }) => ({
      method,
      path,
      handle: (asked) => answer(ports, asked),
    })),
    claims: ({ path }) => path === "/admin" || path.startsWith("/admin/"),
    authenticate: async (asked) => authenticate(asked, adminTokenHash),
    refuse: tellFault,
  };
}
