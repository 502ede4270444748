import type { Dialect } from "../dialect.ts";
import type { Told } from "../services.ts";

/** What a call comes to inside the server's own house: no port, no token, the same operation. */
export type Call = (method: string, path: string, body?: object) => Promise<Told>;

/** Calls operations of a dialect directly: for the command line, which works on the database itself. */
export function caller(dialect: Dialect, requestId: () => string, now: () => number): Call {
  return async (method, target, body) => {
    const { pathname: path, searchParams: query } = new URL(target, "http://localhost");
    const given = path.split("/");
    const asked = {
      method,
      path,
      params: {},
      query,
      headers: {},
      body,
      target: path,
      rawBody: Buffer.alloc(0),
      requestId: requestId(),
      now: now(),
    };
    for (const route of dialect.routes.filter((one) => one.method === method)) {
      const named = route.path.split("/");
      const fits =
        named.length === given.length && named.every((part, at) => part.startsWith(":") || part === given[at]);
      if (!fits) continue;
      const params = named.flatMap((part, at) =>
        part.startsWith(":") ? [[part.slice(1), decodeURIComponent(given[at]!)]] : [],
      );
      return route.handle(
        { ...asked, params: Object.fromEntries(params) },
        { merchantId: null, keyId: "command line" },
      );
    }
    return dialect.refuse({ kind: "unknown_route" }, asked);
  };
}
