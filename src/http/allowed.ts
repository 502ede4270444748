import type { Route } from "../dialects/dialect.ts";

/** Tells which methods a path would have taken, for the `Allow` header of 405. Asked only after no route has matched. */
export function allowedBy(routes: readonly Route[]): (path: string) => readonly string[] {
  const patterns = routes.map(({ method, path }) => ({ method, segments: path.split("/") }));
  return (path) => {
    const segments = path.split("/");
    const fits = patterns.filter(
      (pattern) =>
        pattern.segments.length === segments.length &&
        pattern.segments.every((segment, at) =>
          segment.startsWith(":") ? segments[at] !== "" : segment === segments[at],
        ),
    );
    const methods = new Set<string>(fits.map(({ method }) => method));
    if (methods.has("GET")) methods.add("HEAD");
    return [...methods].sort();
  };
}
