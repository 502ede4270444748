import { INT32_MAX } from "../../core/money.ts";
import { ApiError, invalid, isApiError } from "./errors.ts";

/** Reads one field of a body or a query: its value, or what is wrong with it. */
export type Reader<T> = (value: unknown, field: string) => T | ApiError;
export type Read<R> = R extends Reader<infer T> ? Exclude<T, ApiError> : never;

/** What is wrong with a field: that it is missing, or what it must be. The value itself is not repeated. */
export const wrong = (value: unknown, field: string, must: string): ApiError =>
  invalid(value === undefined || value === null ? `${field} is required` : `${field} must be ${must}`);

/** Absent and `null` are the same: clients that serialise whole objects send both. */
export const optional =
  <T>(read: Reader<T>): Reader<T | null> =>
  (value, field) =>
    value === undefined || value === null ? null : read(value, field);

/** An object by its fields. What the shape does not name is ignored, and so never gets any further. */
export function object<S extends Record<string, Reader<unknown>>>(
  shape: S,
): Reader<{ readonly [K in keyof S]: Read<S[K]> }> {
  const fields = Object.entries(shape);
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return path === "" ? invalid("the body must be a JSON object") : wrong(value, path, "an object");
    }
    const result: Record<string, unknown> = {};
    for (const [name, read] of fields) {
      const field = read((value as Record<string, unknown>)[name], path === "" ? name : `${path}.${name}`);
      if (isApiError(field)) return field;
      result[name] = field;
    }
    return result as { [K in keyof S]: Read<S[K]> };
  };
}

/** An amount of money: a whole, positive number of the smallest unit that a client with 32 bits can hold. */
export const amount: Reader<bigint> = (value, field) => {
  if (typeof value !== "number" || !Number.isInteger(value)) return wrong(value, field, "an integer");
  if (value <= 0) return new ApiError(146);
  return value <= INT32_MAX ? BigInt(value) : wrong(value, field, `at most ${INT32_MAX}`);
};

export const boolean: Reader<boolean> = (value, field) =>
  typeof value === "boolean" ? value : wrong(value, field, "true or false");

/** An integer of 64 bits, as text: JavaScript has no number for all of them. */
export const long: Reader<string> = (value, field) =>
  Number.isSafeInteger(value) ? String(value) : wrong(value, field, "an integer");

export const oneOf =
  <T extends string>(words: readonly T[]): Reader<T> =>
  (value, field) =>
    (words as readonly unknown[]).includes(value) ? (value as T) : wrong(value, field, `one of: ${words.join(", ")}`);

/** A field that may be given several times, as queries do: `state=paid&state=failed`. Absent: null. */
export const many =
  <T>(read: Reader<T>): Reader<readonly T[] | null> =>
  (value, field) => {
    if (value === undefined) return null;
    const values: T[] = [];
    for (const one of Array.isArray(value) ? value : [value]) {
      const item = read(one, field);
      if (isApiError(item)) return item;
      values.push(item);
    }
    return values;
  };
