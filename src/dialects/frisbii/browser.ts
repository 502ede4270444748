import { isRefusal } from "../../core/refusal.ts";
import { createToken } from "../../flow/method.ts";
import { isCardFault, readCard } from "../card-fields.ts";
import type { Route } from "../dialect.ts";
import { readForm } from "../form.ts";
import { Meter } from "../meter.ts";
import type { Asked, Services, Told } from "../services.ts";
import { readAccountToken, signAccountToken } from "./account-token.ts";
import { ApiError, invalid, isApiError, tellError, tellRefusal } from "./errors.ts";
import type { FrisbiiPorts } from "./operation.ts";

/** The two calls of the vendor's browser library of 2016, by which a card becomes a token without passing through the merchant. */
const authenticatePath = "/v1/authenticate/account_token";
const tokenPath = "/v1/token";
export const isBrowserPath = (path: string): boolean => path === authenticatePath || path === tokenPath;

/** Any page may ask, and read the answer: what it can do depends on its public key, and there are no cookies. */
const cors = { "access-control-allow-origin": "*" };

/** An answer to a browser of that library: its errors stand in a member of their own. */
export const forBrowser = (told: Told): Told => ({
  ...told,
  body: told.status === 200 ? told.body : { error: told.body },
  headers: { ...told.headers, ...cors },
});

/** Tokens of one public key: in the long run, and at once. A page needs one for each person. */
const perSecond = 5;
const atOnce = 50;

export function browserRoutes(
  services: Services,
  { keys, browserSecret }: Pick<FrisbiiPorts, "keys" | "browserSecret">,
): Route[] {
  const meter = new Meter(perSecond, atOnce);

  const authenticate = async (asked: Asked): Promise<object | ApiError> => {
    const form = readForm(asked.rawBody);
    if (form === undefined) return invalid("the body must be a form");
    const found = await keys.findPublic(asked.query.get("pkey") ?? form["pkey"] ?? "");
    if (found === undefined) return new ApiError(6);
    return meter.take(found.keyId, asked.now)
      ? { token: signAccountToken(browserSecret, found, asked.now) }
      : new ApiError(122);
  };

  const token = async (asked: Asked): Promise<Told | ApiError> => {
    const form = readForm(asked.rawBody);
    if (form === undefined) return invalid("the body must be a form");
    if (asked.query.has("number")) return invalid(noCardsInAddresses);
    const browser = readAccountToken(browserSecret, form["account_token"] ?? "", asked.now);
    if (browser === undefined) return new ApiError(6);
    if (!meter.take(browser.keyId, asked.now)) return new ApiError(122);
    const { number, month, year, cvv } = form;
    const read = readCard({ number, month, year, cvv }, new Date(asked.now));
    if (isCardFault(read)) return invalid(`${read.wrong === "expired" ? "year" : read.wrong} must be ${read.must}`);
    const { addingFault, ...card } = read;
    const item = await services.sealCard({ merchantId: browser.merchantId, vaultId: services.ids.row(), ...card });
    const made = await services.commit(createToken(`ct_${services.ids.hex()}`, item, addingFault));
    return isRefusal(made) ? tellRefusal(made, asked) : { status: 200, body: { id: made.token.id } };
  };

  const post = (path: string, answer: (asked: Asked) => Promise<object | Told | ApiError>): Route => ({
    method: "POST",
    path,
    open: true,
    form: true,
    async handle(asked) {
      const answered = await answer(asked);
      if (isApiError(answered)) return forBrowser(tellError(answered, asked));
      return forBrowser("status" in answered ? answered : { status: 200, body: answered });
    },
  });
  /** What the library does unless it is told otherwise: scripts from other hosts, asked for with everything in their address. */
  const refuseScripts = (path: string): Route => ({
    method: "GET",
    path,
    open: true,
    handle: (asked) =>
      Promise.resolve(forBrowser(tellError(new ApiError(1, noCardsInAddresses, 405), asked, { allow: "POST" }))),
  });
  return [
    post(authenticatePath, authenticate),
    post(tokenPath, token),
    refuseScripts(authenticatePath),
    refuseScripts(tokenPath),
  ];
}

const noCardsInAddresses =
  "ask by POST, with a form as body (cors: true in the library): JSONP puts card numbers into addresses, which are logged everywhere";
