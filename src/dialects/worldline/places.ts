import { isGiven, isObject } from "./fields.ts";

/** A value and where in the request it stands. */
export interface Place {
  readonly value: unknown;
  readonly path: string;
}

const steps = new Map<string, readonly string[]>(); // of paths that stand in this program, which are few

function stepsOf(path: string): readonly string[] {
  const known = steps.get(path) ?? path.split(".");
  steps.set(path, known);
  return known;
}

/** What stands at a path such as `payoutDetails.amountOfMoney`; undefined where the request has no such place. */
export function at(body: unknown, path: string): Place {
  let value = body;
  for (const name of stepsOf(path)) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return { value, path };
}

/** The places that are given; where none is, those that were at least mentioned. */
export function givenOf(places: readonly Place[]): readonly Place[] {
  const given = places.filter(({ value }) => isGiven(value));
  return given.length > 0 ? given : places.filter(({ value }) => value !== undefined && value !== null);
}

/** The place that a client used for what may stand in several: today's first, then the ones it stood in before. */
export function placeOf(body: unknown, today: string, ...before: readonly string[]): Place {
  const places = [today, ...before].map((path) => at(body, path));
  return givenOf(places)[0] ?? at(body, today);
}
