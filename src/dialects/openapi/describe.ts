import { STATUS_CODES } from "node:http";
import { body as members, isOptional, type Members, type Schema } from "./schema.ts";

/** One operation as its clients have to know it. */
export interface Described {
  /** A few words, for lists of operations. */
  readonly does: string;
  readonly query?: Members;
  readonly headers?: Members;
  /** JSON unless `form`. One that may be left out is `optional`. */
  readonly body?: Schema;
  readonly optional?: true;
  readonly form?: true;
  /** Bodies of success by status; null: an empty one. */
  readonly answers: Readonly<Record<number, Schema | null>> | { readonly default: Schema };
  /** Headers of a success beside those that every answer has. */
  readonly tells?: Members;
  /** Statuses of refusals that are this operation's own. */
  readonly errors?: readonly number[];
  /** The refusals' form, where it is another one here. */
  readonly error?: Schema;
  /** Answered without a key. */
  readonly open?: true;
}

/** By method and path as the route table has them: `GET /v1/payout/:handle`. */
export type Operations = Readonly<Record<string, Described>>;

export interface Api {
  readonly title: string;
  readonly description: string;
  readonly operations: Operations;
  readonly schemas: Readonly<Record<string, Schema>>;
  /** What parameters in paths look like, by name. */
  readonly params: Readonly<Record<string, Schema>>;
  readonly security: Readonly<Record<string, Schema>>;
  /** Statuses of refusals: of any operation; of one that asks for a key, names something, has a query, or reads a body. */
  readonly refused: Readonly<Record<"always" | "keyed" | "named" | "queried" | "read", readonly number[]>>;
  /** A refusal with this status. */
  refusal(status: number): Schema;
}

/** An OpenAPI 3.1 document. */
export function describe(api: Api, version: string) {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, described] of Object.entries(api.operations)) {
    const [method = "", route = ""] = name.split(" ");
    const path = route.replaceAll(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[method.toLowerCase()] = operationOf(api, method, route, described);
  }
  return {
    openapi: "3.1.0",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: {
      title: api.title,
      version,
      description: api.description,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: Object.keys(api.security).map((scheme) => ({ [scheme]: [] })),
    paths,
    components: {
      schemas: api.schemas,
      responses: refusalsIn(paths, api),
      securitySchemes: api.security,
      headers: { requestId },
    },
  };
}

const requestId = { required: true, schema: { type: "string", pattern: "^[0-9a-f]{32}$" } };

function operationOf(api: Api, method: string, route: string, described: Described): object {
  const { does, query = {}, headers = {}, body, answers, open } = described;
  const inPath = [...route.matchAll(/:(\w+)/g)].map(([, name]) => parameter("path", name!, api.params[name!]!));
  const parameters = [...inPath, ...parametersOf("query", query), ...parametersOf("header", headers)];
  return {
    operationId: idOf(method, route),
    summary: does,
    ...(open === true && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: requestOf(described, body) }),
    responses: { ...successes(answers, described.tells ?? {}), ...refusals(api, method, route, described) },
  };
}

const requestOf = ({ optional, form }: Described, schema: Schema): object => ({
  required: optional !== true,
  content: { [form === true ? "application/x-www-form-urlencoded" : "application/json"]: { schema } },
});

const parameter = (where: string, name: string, schema: Schema, required = true): object => ({
  name,
  in: where,
  required,
  schema,
});

const parametersOf = (where: string, described: Members): object[] =>
  Object.entries(described).map(([name, schema]) =>
    parameter(where, name.replace(/\?$/, ""), schema, !isOptional(name)),
  );

const answer = (status: number, schema: Schema | null, headers: object = {}) => ({
  description: STATUS_CODES[status] ?? "answer",
  headers: { "Request-Id": { $ref: "#/components/headers/requestId" }, ...headers },
  ...(schema !== null && { content: { "application/json": { schema } } }),
});

function successes(answers: Described["answers"], tells: Members): object {
  const { properties, required = [] } = members(tells) as { properties: Record<string, Schema>; required?: string[] };
  const headers = Object.entries(properties).map(([name, schema]) => [
    name,
    { required: required.includes(name), schema },
  ]);
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => [
      status,
      answer(Number(status), schema, Object.fromEntries(headers) as object),
    ]),
  );
}

function refusals(api: Api, method: string, route: string, described: Described): object {
  const { always, keyed, named, queried, read } = api.refused;
  const statuses = new Set([
    ...always,
    ...(described.open === true ? [] : keyed),
    ...(route.includes(":") ? named : []),
    ...(described.query === undefined ? [] : queried),
    ...(method === "GET" ? [] : read),
    ...(described.errors ?? []),
  ]);
  const sorted = [...statuses].sort((one, other) => one - other);
  const { error } = described;
  return Object.fromEntries(
    sorted.map((status) => [
      status,
      error === undefined ? { $ref: `${responses}${nameOf(status)}` } : answer(status, error),
    ]),
  );
}

const responses = "#/components/responses/";
const nameOf = (status: number): string => `Refused${status}`;

/** The refusals that operations refer to: their form depends on the status alone. */
function refusalsIn(paths: object, api: Api): Record<string, object> {
  const referred = JSON.stringify(paths).matchAll(/"#\/components\/responses\/Refused(\d+)"/g);
  const statuses = [...new Set([...referred].map(([, status]) => Number(status)))].sort((one, other) => one - other);
  return Object.fromEntries(statuses.map((status) => [nameOf(status), answer(status, api.refusal(status))]));
}

/** `GET /v1/payout/:handle` → `getPayoutByHandle`: generators make names of functions of it. */
const idOf = (method: string, route: string): string =>
  route
    .split("/")
    .filter((part) => part !== "" && part !== "v1" && part !== ":merchantId")
    .map((part) => (part.startsWith(":") ? `By${capital(part.slice(1))}` : part.split("_").map(capital).join("")))
    .reduce((id, part) => id + part, method.toLowerCase());
const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
