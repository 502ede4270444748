import type { AttemptStory, Story } from "../../core/story.ts";
import type { Payout } from "../../core/payout.ts";
import type { Reader } from "../../dialects/services.ts";
import { keyOf } from "../../store/working-copy.ts";
import type { Tables } from "./tables.ts";

/** Reads as the reader of PostgreSQL does, as far as the simulated clients ask. `read` is where a process waits for the answer. */
export function memoryReader(tables: Tables, read: <T>(work: () => T) => Promise<T>): Reader {
  const payout = (merchantId: string, id: string | undefined) =>
    id === undefined ? undefined : tables.payouts.get(keyOf(merchantId, id));
  const story = (found: Payout | undefined) => (found === undefined ? undefined : tellStory(tables, found));
  const notAsked = () => Promise.reject(new Error("no simulated client asks for this"));
  return {
    merchant: (id) => read(() => tables.merchants.get(id)),
    story: (merchantId, id) => read(() => story(payout(merchantId, id))),
    storyOf: (merchantId, handle) =>
      read(() => story(payout(merchantId, tables.names.get(keyOf(merchantId, "payout", handle))))),
    lastTime: (merchantId, id, kind) =>
      read(() => (tables.events.get(keyOf(merchantId, id)) ?? []).findLast((event) => event.kind === kind)?.at),
    answers: (merchantId, id, attempt) =>
      read(() => (tables.answers.get(keyOf(merchantId, id)) ?? []).filter((answer) => answer.attempt === attempt)),
    customer: (merchantId, handle) => read(() => tables.customers.get(keyOf(merchantId, handle))),
    method: (merchantId, id) => read(() => tables.methods.get(keyOf(merchantId, id))),
    keptCard: (merchantId, fingerprint) =>
      read(() =>
        [...tables.methods.values()]
          .filter((m) => m.merchantId === merchantId && m.customer === fingerprint && m.state === "active")
          .filter((m) => m.vault.fingerprint === fingerprint)
          .sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1))
          .at(0),
      ),
    token: (merchantId, id) => read(() => tables.tokens.get(keyOf(merchantId, id))),
    session: (merchantId, id) => read(() => tables.sessions.get(keyOf(merchantId, id))),
    accounts: (merchantId) =>
      read(() =>
        [...tables.accounts.values()]
          .filter((account) => account.merchantId === merchantId)
          .sort((one, other) => (one.currency < other.currency ? -1 : 1)),
      ),
    payouts: notAsked,
    find: notAsked,
    methods: notAsked,
    customers: notAsked,
    searchCustomers: notAsked,
    rate: notAsked,
    funding: notAsked,
    incidents: notAsked,
  };
}

function tellStory(tables: Tables, payout: Payout): Story {
  const key = keyOf(payout.merchantId, payout.id);
  const answers = tables.answers.get(key) ?? [];
  const attempts = (tables.attempts.get(key) ?? []).map((attempt): AttemptStory => {
    const heard = answers.filter((answer) => answer.attempt === attempt.attempt);
    return {
      attempt,
      vault: tables.vault.get(keyOf(attempt.merchantId, attempt.vaultId))!,
      method:
        attempt.methodId === null ? null : (tables.methods.get(keyOf(attempt.merchantId, attempt.methodId)) ?? null),
      heard: heard.find((answer) => answer.closes) ?? heard.at(-1) ?? null,
    };
  });
  return { payout, attempts, references: tables.references.get(key) ?? null };
}
