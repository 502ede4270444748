import type { Api, Described } from "../openapi/describe.ts";
import { body, closed, ref, text, type Members, type Schema } from "../openapi/schema.ts";
import type { Shape } from "./fields.ts";
import type { Operation } from "./operation.ts";
import { adminOperations } from "./routes.ts";

/** What a member must be is said in words: the readers that enforce it are functions. */
const membersOf = (shape: Shape): Members =>
  Object.fromEntries(
    Object.entries(shape).map(([name, { says, optional }]) => [
      `${name}${optional === true ? "?" : ""}`,
      { description: says },
    ]),
  );

const isEmpty = (shape: Shape): boolean => Object.keys(shape).length === 0;
const anything: Schema = { description: "see docs/admin.md" };

const describeOne = ({ does, body: shape, query }: Operation): Described => ({
  does: `${does[0]!.toUpperCase()}${does.slice(1)}`,
  ...(isEmpty(query) ? {} : { query: membersOf(query) }),
  ...(isEmpty(shape) ? {} : { body: body(membersOf(shape)) }),
  answers: { default: anything },
});

const error = closed({ error: closed({ code: text, message: text, "field?": text }), request_id: text });

/** The operator's API: paths and requests come from the operations' own data, answers are left open. */
export const adminApi: Api = {
  title: "The operator's API of Disburse",
  description: "Merchants, keys, money, approvals and incidents. Members of answers are not described here.",
  operations: Object.fromEntries(adminOperations.map((one) => [`${one.method} ${one.path}`, describeOne(one)])),
  schemas: { Error: error },
  params: new Proxy({}, { get: () => text }),
  security: { operator: { type: "http", scheme: "bearer", description: "the operator's token" } },
  refused: { always: [500, 503], keyed: [401, 429], named: [404], queried: [400], read: [400, 413] },
  refusal: () => ref("Error"),
};
