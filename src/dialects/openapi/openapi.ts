import type { Dialect, Route } from "../dialect.ts";
import { adminApi } from "../admin/openapi.ts";
import { frisbiiApi } from "../frisbii/openapi/description.ts";
import { worldlineApi } from "../worldline/openapi/description.ts";
import { describe } from "./describe.ts";

/** The APIs that are described, by the name of their file. */
export const apis = { frisbii: frisbiiApi, worldline: worldlineApi, admin: adminApi } as const;

/** `GET /openapi/{name}.json`: what each API speaks, for people and for generators of clients. Answered to anyone. */
export function openapiDialect(version: string): Dialect {
  const documentOf = ([name, api]: [string, (typeof apis)[keyof typeof apis]]): Route => {
    const body = describe(api, version);
    return {
      method: "GET",
      path: `/openapi/${name}.json`,
      open: true,
      handle: () => Promise.resolve({ status: 200, body }),
    };
  };
  return {
    name: "openapi",
    routes: Object.entries(apis).map(documentOf),
    claims: ({ path }) => path === "/openapi" || path.startsWith("/openapi/"),
    authenticate: () => Promise.resolve({ status: 404 }),
    refuse: ({ kind }) => ({ status: kind === "wrong_method" ? 405 : 404, body: { error: kind } }),
  };
}
