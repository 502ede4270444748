import type pg from "pg";
import { isRefusal, type Refusal } from "../../core/refusal.ts";
import type { Merchant } from "../../core/parties.ts";
import type { ApiKeys } from "../../store/keys.ts";
import type { Merchants } from "../../store/merchants.ts";
import type { CustomerFiles } from "../../store/customer-file.ts";
import type { PayoutFiles } from "../../store/payout-file.ts";
import type { Rates } from "../../store/rates.ts";
import { isRowId } from "../../store/reader.ts";
import type { Route } from "../dialect.ts";
import type { Asked, Services, Told } from "../services.ts";
import type { Webhooks } from "../webhooks.ts";
import type { DispatchDesk } from "./dispatch.ts";
import { AdminError, isAdminError, tellError, tellRefusal, unknown } from "./errors.ts";
import { readShape, type Read, type Shape } from "./fields.ts";

export interface AdminPorts {
  readonly services: Pick<Services, "commit" | "reader" | "ids">;
  readonly merchants: Merchants;
  readonly keys: ApiKeys;
  readonly files: PayoutFiles;
  readonly customerFiles: CustomerFiles;
  readonly rates: Rates;
  readonly pool: pg.Pool;
  readonly webhooks: Webhooks;
  /** Absent where there are no rails: on the command line. */
  readonly dispatch?: DispatchDesk;
  /** The rails that an agreement may name. */
  readonly rails: readonly string[];
  /** Where clients reach this server. */
  url(): string;
}

/** A request that was understood. */
export interface Given<B extends Shape, Q extends Shape> {
  readonly params: Readonly<Record<string, string>>;
  readonly body: Read<B>;
  readonly query: Read<Q>;
  readonly now: number;
}
type Outcome = Told | AdminError | Refusal;

interface Spec<B extends Shape, Q extends Shape, G extends Given<B, Q>> {
  readonly does: string;
  readonly body?: B;
  readonly query?: Q;
  run(ports: AdminPorts, given: G): Promise<Outcome>;
}

/** One operation: what it reads, said as data for the documentation, and what it does. */
export interface Operation {
  readonly method: Route["method"];
  readonly path: string;
  readonly does: string;
  readonly body: Shape;
  readonly query: Shape;
  answer(ports: AdminPorts, asked: Asked): Promise<Told>;
}

// eslint-disable-next-line @typescript-eslint/no-empty-object-type
type None = {};

export function operation<B extends Shape = None, Q extends Shape = None>(
  method: Route["method"],
  path: string,
  spec: Spec<B, Q, Given<B, Q>>,
): Operation {
  const [bodyShape, queryShape] = [spec.body ?? ({} as B), spec.query ?? ({} as Q)];
  const carryOut = async (ports: AdminPorts, asked: Asked): Promise<Outcome> => {
    const query = readShape(queryShape, membersOf(asked.query));
    if (isAdminError(query)) return query;
    const body = readShape(bodyShape, asked.body ?? {});
    if (isAdminError(body)) return body;
    return spec.run(ports, { params: asked.params, body, query, now: asked.now });
  };
  return {
    method,
    path,
    does: spec.does,
    body: bodyShape,
    query: queryShape,
    async answer(ports, asked) {
      const outcome = await carryOut(ports, asked);
      if (isAdminError(outcome)) return tellError(outcome, asked);
      return isRefusal(outcome) ? tellRefusal(outcome, asked) : outcome;
    },
  };
}

/** An operation on one merchant, which the path names. */
export function onMerchant<B extends Shape = None, Q extends Shape = None>(
  method: Route["method"],
  path: string,
  spec: Spec<B, Q, Given<B, Q> & { readonly merchant: Merchant }>,
): Operation {
  return operation<B, Q>(method, `/admin/merchants/:id${path}`, {
    ...spec,
    async run(ports, given) {
      const id = given.params["id"] ?? "";
      const merchant = isRowId(id) ? await ports.merchants.get(id) : undefined;
      return merchant === undefined ? unknown("merchant") : spec.run(ports, { ...given, merchant });
    },
  });
}

export const ok = (body: object, status = 200): Told => ({ status, body });

/** A parameter that is given more than once arrives as a list. */
const membersOf = (query: URLSearchParams): Record<string, string | string[]> =>
  Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const values = query.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
