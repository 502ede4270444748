import { AdminError, invalid, isAdminError } from "./errors.ts";

/** Reads one member of a body or a query. `says` finishes the sentence "… must be", here and in the documentation. */
export interface Field<T> {
  readonly says: string;
  readonly optional?: true;
  read(value: unknown, field: string): T | AdminError;
}
export type Shape = Readonly<Record<string, Field<unknown>>>;
export type Read<S extends Shape> = { readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never };

/** A member by what is true of its value. */
export function field<T>(says: string, take: (value: unknown) => T | undefined): Field<T> {
  return {
    says,
    read(value, name) {
      const taken = value === undefined ? undefined : take(value);
      return taken === undefined ? invalid(name, value === undefined ? "is required" : `must be ${says}`) : taken;
    },
  };
}

/** May be left out. */
export const optional = <T>({ says, read }: Field<T>): Field<T | undefined> & { optional: true } => ({
  says,
  optional: true,
  read: (value, name) => (value === undefined ? undefined : read(value, name)),
});

/** An object by its members. One that the shape does not name is refused: it would have been left out in silence. */
export function readShape<S extends Shape>(shape: S, value: unknown, path = ""): Read<S> | AdminError {
  const named = (member: string) => (path === "" ? member : `${path}.${member}`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return path === "" ? invalid("", "the body must be a JSON object") : invalid(path, "must be an object");
  }
  const stranger = Object.keys(value).find((member) => !Object.hasOwn(shape, member));
  if (stranger !== undefined) return invalid(named(stranger), "is not known here");
  const result: Record<string, unknown> = {};
  for (const [member, { read }] of Object.entries(shape)) {
    const given = Object.hasOwn(value, member) ? (value as Record<string, unknown>)[member] : undefined;
    const taken = read(given, named(member));
    if (isAdminError(taken)) return taken;
    result[member] = taken;
  }
  return result as Read<S>;
}

export const object = <S extends Shape>(shape: S): Field<Read<S>> => ({
  says: `{ ${Object.entries(shape)
    .map(([member, { says, optional }]) => `${member}${optional === true ? "?" : ""}: ${says}`)
    .join(", ")} }`,
  read: (value, name) => (value === undefined ? invalid(name, "is required") : readShape(shape, value, name)),
});

export const list = <T>(item: Field<T>, most: number): Field<readonly T[]> => ({
  says: `a list of at most ${most}, each ${item.says}`,
  read(value, name) {
    if (!Array.isArray(value) || value.length > most) return invalid(name, `must be a list of at most ${most}`);
    const taken: T[] = [];
    for (const [index, one] of value.entries()) {
      const read = item.read(one, `${name}[${index}]`);
      if (isAdminError(read)) return read;
      taken.push(read);
    }
    return taken;
  },
});

/** An object whose members' names are values too, such as `{ "EUR": 100 }`. */
export const record = <T>(key: Field<string>, item: Field<T>): Field<Readonly<Record<string, T>>> => ({
  says: `an object by ${key.says}, each ${item.says}`,
  read(value, name) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return invalid(name, "must be an object");
    const taken: Record<string, T> = {};
    for (const [member, one] of Object.entries(value)) {
      if (isAdminError(key.read(member, name))) return invalid(`${name}.${member}`, `is not ${key.says}`);
      const read = item.read(one, `${name}.${member}`);
      if (isAdminError(read)) return read;
      taken[member] = read;
    }
    return taken;
  },
});
