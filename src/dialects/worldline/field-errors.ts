import { apiError, type ApiError } from "./errors.ts";

/** What is wrong with a request: one error or more, each about the place that the client used. */
export class Faults {
  readonly errors: readonly ApiError[];
  constructor(errors: readonly ApiError[]) {
    this.errors = errors;
  }
}

export const isFaults = (value: unknown): value is Faults => value instanceof Faults;

const fault = (...about: Parameters<typeof apiError>): Faults => new Faults([apiError(...about)]);

/** About no property: there is no request to have one. */
export const notAnObject = (): Faults => fault("fieldInvalid", { message: "the body must be a JSON object" });

export const missing = (path: string): Faults => fault("parameterMissing", { propertyName: path });

/** For what is required and was given without a content. */
export const empty = (path: string): Faults =>
  fault("valueEmpty", { propertyName: path, message: `NULL VALUE NOT ALLOWED FOR ${fieldOf(path)}` });

/** The value is never repeated: whatever was typed into the wrong field, a card number too, stays out of answers and logs. */
export const invalid = (path: string, must: string): Faults =>
  fault("fieldInvalid", { propertyName: path, message: `${path} must be ${must}` });

export const notANumber = (path: string, value: unknown, least: number, most: number): Faults =>
  fault("notANumber", {
    propertyName: path,
    message:
      `VALUE ${shown(value)} OF FIELD ${fieldOf(path)} IS NOT A NUMBER ` +
      `WITH MINLENGTH ${least}, MAXLENGTH ${most} AND PRECISION 0`,
  });

/** `digits`: those of the number, so that the last four can be shown. */
export const failedLuhn = (path: string, digits: string): Faults =>
  fault("luhn", {
    propertyName: path,
    message: `VALUE ${lastFour(digits)} OF FIELD CREDITCARDNUMBER DID NOT PASS THE LUHNCHECK`,
  });

export const badExpiry = (path: string, value: unknown): Faults =>
  fault("expiryDate", {
    propertyName: path,
    message: `${path} (${shown(value)}) IS IN THE PAST OR NOT IN CORRECT MMYY FORMAT`,
  });

const fieldOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1).toUpperCase();

/** Short plain values as they are; nothing that could be a number of a card or an account, or that could deceive. */
function shown(value: unknown): string {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return /^[\w.+-]{1,5}$/.test(text) ? text : "****";
}

const lastFour = (digits: string): string => digits.slice(-4).padStart(digits.length, "*");
