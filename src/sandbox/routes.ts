import type { KeyObject } from "node:crypto";
import { answer, toWire, type Reaction } from "./answers.ts";
import type { Bank } from "./bank.ts";
import type { Books } from "./books.ts";
import type { Callbacks } from "./callbacks.ts";
import type { Clock } from "./clock.ts";
import {
  isReference,
  malformed,
  readCallbackUrl,
  readInstant,
  readNumber,
  readOrder,
  type Malformed,
} from "./request.ts";

/** What a request needs; `key` is for fingerprints. */
export type Rooms = {
  readonly books: Books;
  readonly bank: Bank;
  readonly callbacks: Callbacks;
  readonly clock: Clock;
  readonly key: KeyObject;
};

/** Answers one request. Rejects only if the books cannot be written. */
export function route(rooms: Rooms, method: string, target: string, body: string): Reaction | Promise<Reaction> {
  const [path = "", query] = target.split("?", 2);
  switch (`${method} ${path}`) {
    case "POST /transfers":
      return receive(rooms, body);
    case "GET /transfers":
      return listChanges(rooms, new URLSearchParams(query));
    case "GET /books":
      return sumUp(rooms);
    case "GET /health":
      return rooms.books.durable().then(() => answer(200, { status: "ok" }));
    case "POST /callback-url":
      return setCallbackUrl(rooms, body);
  }
  if (method === "GET" && path.startsWith("/transfers/")) {
    return find(rooms, path.slice("/transfers/".length), new URLSearchParams(query));
  }
  return answer(404, { error: "no_such_page" });
}

function receive({ bank, key }: Rooms, body: string): Reaction | Promise<Reaction> {
  const read = readOrder(body, key);
  return "error" in read ? refuse(read) : bank.receive(read.order, read.plan);
}

function find({ bank }: Rooms, reference: string, query: URLSearchParams): Reaction | Promise<Reaction> {
  if (!isReference(reference)) return refuse(malformed("reference", "1 to 20 letters and digits"));
  const fence = readNumber(query.get("fence"), 0, 0, Number.MAX_SAFE_INTEGER);
  return fence === undefined ? refuse(malformed("fence", "the number of a send")) : bank.find(reference, fence);
}

function listChanges({ books }: Rooms, query: URLSearchParams): Reaction {
  const limit = readNumber(query.get("limit"), 1000, 1, 1000);
  if (limit === undefined) return refuse(malformed("limit", "1 to 1000"));
  const since = readInstant(query.get("since"));
  if (since === undefined) return refuse(malformed("since", "an instant such as 2026-01-31T12:00:00.000Z"));
  const first = query.has("after") ? 0 : books.cursorAt(since); // a page after the first goes on where that one ended
  const after = readNumber(query.get("after"), first, 0, Number.MAX_SAFE_INTEGER);
  const page = after === undefined ? undefined : books.changesAfter(after, limit);
  if (page === undefined) return refuse(malformed("after", "0, or a cursor that these books have given"));
  const status = query.get("status");
  const wanted = page.changes.filter(({ transfer }) => status === null || transfer.status === status);
  const changes = wanted.map(({ cursor, at, transfer }) => ({
    cursor,
    at: new Date(at).toISOString(),
    ...toWire(transfer),
  }));
  return answer(200, { changes, next_cursor: page.next });
}

/** Counts and sums by what the transfers are now: one that was returned is no longer among the paid. */
async function sumUp({ books }: Rooms): Promise<Reaction> {
  const { count } = books.totals;
  const counts = { transfers: count.accepted + count.paid + count.declined + count.returned, ...count };
  const sums = (["paid", "returned"] as const).map((status) => {
    const digits = books.totals.minorByCurrency(status).map(([currency, minor]) => `"${currency}":${minor}`);
    return `"${status}_minor_by_currency":{${digits.join()}}`; // by hand: JSON.stringify knows no bigint
  });
  const body = `${JSON.stringify(counts).slice(0, -1)},${sums.join()}}`;
  await books.durable();
  return { status: 200, body };
}

function setCallbackUrl({ callbacks }: Rooms, body: string): Reaction {
  const read = readCallbackUrl(body);
  if ("error" in read) return refuse(read);
  callbacks.url = read.url;
  return answer(200, { url: read.url ?? null });
}

const refuse = (why: Malformed): Reaction => answer(400, why);
