import { empty, Faults, invalid, isFaults, missing, notAnObject } from "./field-errors.ts";

/** Reads one value of a request: what it says, or everything that is wrong with it. `path` is where it stands. */
export type Reader<T> = (value: unknown, path: string) => T | Faults;
export type Read<R> = R extends Reader<infer T> ? Exclude<T, Faults> : never;

/** All parts, or the faults of all parts: a client mends a request in one go. */
export function gather<P extends Record<string, unknown>>(
  parts: P,
): { readonly [K in keyof P]: Exclude<P[K], Faults> } | Faults {
  return faultsIn(Object.values(parts)) ?? (parts as { readonly [K in keyof P]: Exclude<P[K], Faults> });
}

export function faultsIn(parts: readonly unknown[]): Faults | undefined {
  const faults = parts.filter(isFaults);
  return faults.length === 0 ? undefined : new Faults(faults.flatMap(({ errors }) => errors));
}

/** An object by its properties; the ones that the shape does not name are ignored. Absent, it lacks all that is required. */
export function object<S extends Record<string, Reader<unknown>>>(
  shape: S,
): Reader<{ readonly [K in keyof S]: Read<S[K]> }> {
  const fields = Object.entries(shape);
  return (value, path) => {
    const whole = value ?? {};
    if (!isObject(whole)) return path === "" ? notAnObject() : invalid(path, "an object");
    const read = fields.map(([name, read]) => [name, read(whole[name], path === "" ? name : `${path}.${name}`)]);
    return gather(Object.fromEntries(read)) as { readonly [K in keyof S]: Read<S[K]> } | Faults;
  };
}

/** `null` is the same as absent; text without anything to see in it has been given, and says nothing. */
export const required =
  <T>(read: Reader<T>): Reader<T> =>
  (value, path) => {
    if (value === undefined || value === null) return missing(path);
    return typeof value === "string" && value.trim() === "" ? empty(path) : read(value, path);
  };

/** Absent, `null` and empty are the same: clients that serialise whole objects and forms send all three. */
export const optional =
  <T>(read: Reader<T>): Reader<T | null> =>
  (value, path) =>
    isGiven(value) ? read(value, path) : null;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether there is anything in it: an object of nothing but nulls is as good as none. */
export function isGiven(value: unknown): boolean {
  if (typeof value === "string") return value.trim() !== "";
  return isObject(value) ? Object.values(value).some(isGiven) : value !== undefined && value !== null;
}
