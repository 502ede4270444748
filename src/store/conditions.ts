/** A growing `where`: each condition names its value by place (`$3`), so what is asked for never becomes part of the SQL. */
export class Conditions {
  readonly values: unknown[];
  readonly #texts: string[];

  /** `values` may be shared, so that a condition can hold conditions of its own. */
  constructor(values: unknown[] = [], ...texts: string[]) {
    this.values = values;
    this.#texts = texts;
  }

  /** Adds a condition on `value`, or none when that is absent. */
  on<T>(value: T | undefined, condition: (place: string) => string): this {
    if (value === undefined) return this;
    this.#texts.push(condition(this.place(value)));
    return this;
  }

  add(condition: string): void {
    this.#texts.push(condition);
  }

  place(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  get count(): number {
    return this.#texts.length;
  }

  /** All of them, to stand behind `where`. */
  get text(): string {
    return this.#texts.join(" and ");
  }
}

/** An instant (milliseconds since 1970) that stands at `place`. */
export const instant = (place: string): string => `to_timestamp(${place}::float8 / 1000)`;

/** No text of ours holds NUL, which PostgreSQL cannot store or compare: a filter that asks for it finds nothing. */
export const asksForNul = (filter: object): boolean =>
  Object.values(filter)
    .flat()
    .some((value) => typeof value === "string" && value.includes("\0"));
