import { isUtf8 } from "node:buffer";

/** What a body did that plain JSON readers let pass, or disagree about. `text`: its bytes, characters or member names. */
export type JsonFaultKind = "syntax" | "duplicate_key" | "number" | "depth" | "text";

/** The message never repeats what the body said (V8's own would, and a body may hold a card number): it says where. */
export class JsonFault extends Error {
  readonly kind: JsonFaultKind;
  constructor(kind: JsonFaultKind, message: string) {
    super(message);
    this.name = "JsonFault";
    this.kind = kind;
  }
}

/** Several times what any request needs. JSON.parse follows 200,000 levels, and JSON.stringify then fails on them. */
export const maxDepth = 32;

/**
 * Reads a body the one way that leaves no two readers in disagreement about it: what was checked here, what is signed
 * and what is stored are the same.
 *
 * Refuses: what is not JSON (`syntax`); a member named twice in one object, however it is spelled (`duplicate_key`);
 *   exponents, `-0`, integers beyond 2^53 - 1, and fractions that a double turns into an integer, such as `12.0`
 *   (`number`); more than 32 levels (`depth`); bytes that are not UTF-8, a byte order mark, NUL and lone surrogates in
 *   a string, members named `__proto__` (`text`).
 *
 * JSON.parse does the reading; one pass over the bytes before it and one over the value after it see what it does not.
 * A whole parser in JavaScript (lossless-json) took 1.8 times as long, without depth and text, which need both passes
 * anyway; and it lets a member appear twice if its value is the same. Cost: 0.9 µs for a payout of 155 bytes.
 */
export function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new JsonFault("text", "the body is not UTF-8");
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) {
    throw new JsonFault("text", "the body begins with a byte order mark");
  }
  const { members, escapes } = survey(body);
  const value = parse(body.toString("utf8"));
  if (countMembers(value, escapes) !== members) {
    throw new JsonFault("duplicate_key", "an object of the body has two members of one name");
  }
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonFault("syntax", "the body is not JSON");
  }
}

/** Counts the members as written (one colon outside strings each) and looks at what parsing destroys: numbers as they
 *  were spelled, and depth before anything has recursed over it. Whether it is JSON at all is for JSON.parse to say. */
function survey(body: Buffer): { members: number; escapes: boolean } {
  let members = 0;
  let escapes = false;
  let depth = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!;
    if (byte === 0x22 /* " */) {
      for (at++; at < body.length && body[at] !== 0x22; at++) {
        if (body[at] !== 0x5c /* \ */) continue;
        escapes = true;
        at++;
      }
    } else if (byte === 0x3a /* : */) {
      members++;
    } else if (byte === 0x7b /* { */ || byte === 0x5b /* [ */) {
      if (++depth > maxDepth)
        throw new JsonFault("depth", `the body nests deeper than ${maxDepth} levels (byte ${at})`);
    } else if (byte === 0x7d /* } */ || byte === 0x5d /* ] */) {
      depth--;
    } else if (byte === 0x2d /* - */ || isDigit(byte)) {
      const start = at;
      while (at + 1 < body.length && isNumberByte(body[at + 1]!)) at++;
      if (!isPlainNumber(body.toString("latin1", start, at + 1))) {
        throw new JsonFault("number", `a number of the body is not a plain one, or is out of range (byte ${start})`);
      }
    }
  }
  return { members, escapes };
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isNumberByte = (byte: number): boolean =>
  isDigit(byte) || byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === 0x2d;

/** `1e2`, `12.0` and `-0` are integers to JavaScript and something else to the next reader; so is 2^53 + 1. */
function isPlainNumber(token: string): boolean {
  const number = Number(token);
  if (/[eE]/.test(token) || Object.is(number, -0)) return false;
  return token.includes(".") ? !Number.isInteger(number) : Number.isSafeInteger(number);
}

/** The members that parsing kept: fewer than were written if one overwrote another. */
function countMembers(value: unknown, escapes: boolean): number {
  if (typeof value === "string") {
    if (escapes) expectText(value);
    return 0;
  }
  if (typeof value !== "object" || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) members += countMembers(item, escapes);
    return members;
  }
  for (const key of Object.keys(value)) {
    if (key === "__proto__") throw new JsonFault("text", "an object of the body has a member named __proto__");
    if (escapes) expectText(key);
    members += 1 + countMembers((value as Record<string, unknown>)[key], escapes);
  }
  return members;
}

/** Only escapes can bring these in: raw NUL is a syntax error, and a raw surrogate is not UTF-8. */
function expectText(text: string): void {
  if (/[\0\p{Surrogate}]/u.test(text)) {
    throw new JsonFault("text", "a string of the body has a NUL character or half of a surrogate pair");
  }
}
