import { createHmac, timingSafeEqual } from "node:crypto";
import { isRefusal } from "../../core/refusal.ts";
import type { MethodState } from "../../core/parties.ts";
import { createToken, forceMethodState, tokenLifeMs } from "../../flow/method.ts";
import { isCardFault, readCard, type ReadCard } from "../card-fields.ts";
import type { Caller, Dialect } from "../dialect.ts";
import { invalid, tellError } from "../frisbii/errors.ts";
import type { Asked, Services, Told } from "../services.ts";

/**
 * What only the sandbox has: cards by number, states that only a bank brings about, and the sandbox bank's callbacks.
 * Callers are Frisbii merchants, in that dialect's words; for a live merchant none of it exists.
 */
export interface SandboxPorts {
  readonly services: Services;
  /** Lends its keys, its errors and its words. */
  readonly frisbii: Dialect;
  /** Signs what the sandbox bank tells. */
  readonly callbackSecret: string;
  /** The bank says that there is news of a reference: a hint, never evidence. */
  hint(reference: string): void;
}

export function sandboxDialect({ services, frisbii, callbackSecret, hint }: SandboxPorts): Dialect {
  /** Runs `handle` for a test merchant; anybody else meets a path that does not exist. */
  const forTests =
    (handle: (asked: Asked, merchantId: string) => Promise<Told>) =>
    async (asked: Asked, { merchantId }: Caller): Promise<Told> => {
      const merchant = merchantId === null ? undefined : await services.reader.merchant(merchantId);
      return merchant?.test === true ? handle(asked, merchant.id) : frisbii.refuse({ kind: "unknown_route" }, asked);
    };

  const createCardToken = forTests(async (asked, merchantId) => {
    const read = cardOf(asked.body, new Date(asked.now));
    if (typeof read === "string") return tellError(invalid(read), asked);
    const seconds = (asked.body as { valid_seconds?: unknown }).valid_seconds ?? longestSeconds;
    if (!isLife(seconds))
      return tellError(invalid(`valid_seconds: must be a number from 0 to ${longestSeconds}`), asked);
    const { addingFault, ...card } = read;
    const item = await services.sealCard({ merchantId, vaultId: services.ids.row(), ...card });
    const answer = await services.commit(createToken(`ct_${services.ids.hex()}`, item, addingFault, seconds * 1000));
    return isRefusal(answer)
      ? frisbii.refuse({ kind: "broken" }, asked)
      : { status: 200, body: { id: answer.token.id } };
  });

  const forceState = forTests(async (asked, merchantId) => {
    const state = (asked.body as { state?: unknown } | undefined)?.state;
    if (!isMethodState(state))
      return tellError(invalid("state: must be active, inactivated, failed or pending"), asked);
    const answer = await services.commit(
      forceMethodState(merchantId, asked.params["id"] ?? "", state, services.ids.row()),
    );
    if (isRefusal(answer)) return frisbii.refuse({ kind: "unknown_route" }, asked);
    return { status: 200, body: { id: answer.method.id, state: answer.method.state } };
  });

  const callback = async (asked: Asked): Promise<Told> => {
    const expected = createHmac("sha256", callbackSecret).update(asked.rawBody).digest();
    const given = Buffer.from(asked.headers["x-sandbox-signature"] ?? "", "hex");
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      return { status: 401, body: { error: "bad_signature" } };
    const reference = (asked.body as { reference?: unknown } | undefined)?.reference;
    if (typeof reference === "string" && /^[A-Z2-7]{20}$/.test(reference)) hint(reference);
    return { status: 200, body: {} };
  };

  return {
    name: "sandbox",
    routes: [
      { method: "POST", path: "/sandbox/card-tokens", handle: createCardToken },
      { method: "POST", path: "/sandbox/payment-methods/:id/state", handle: forceState },
      { method: "POST", path: "/rails/sandbox/callback", open: true, handle: callback },
    ],
    claims: ({ path }) => path.startsWith("/sandbox/") || path.startsWith("/rails/sandbox/"),
    authenticate: (asked) => frisbii.authenticate(asked),
    refuse: (fault, asked) => frisbii.refuse(fault, asked),
  };
}

/** A token may be made that expires sooner than others, or has already. */
const longestSeconds = tokenLifeMs / 1000;
const isLife = (seconds: unknown): seconds is number =>
  Number.isInteger(seconds) && (seconds as number) >= 0 && (seconds as number) <= longestSeconds;

const isMethodState = (state: unknown): state is Exclude<MethodState, "deleted"> =>
  typeof state === "string" && ["active", "inactivated", "failed", "pending"].includes(state);

/** The card of a token request, or what is wrong with it, in the words of this API's fields. */
function cardOf(body: unknown, now: Date): ReadCard | string {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "the body must be a JSON object";
  const { number, cvv, exp_month: month, exp_year: year } = body as Record<string, unknown>;
  const read = readCard({ number, cvv, month, year }, now);
  if (!isCardFault(read)) return read;
  if (read.wrong === "expired") return "exp_year: the card has expired";
  const field = read.wrong === "month" || read.wrong === "year" ? `exp_${read.wrong}` : read.wrong;
  return `${field}: must be ${read.must}`;
}
