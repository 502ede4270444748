import type { Answer, Attempt, Send } from "../../core/attempt.ts";
import type { Funding, PayoutReferences } from "../../core/command.ts";
import type { Account, Entry } from "../../core/ledger.ts";
import type { CardSession, Customer, Erasure, Merchant, Method, Token, VaultItem } from "../../core/parties.ts";
import type { Payout, PayoutHistory } from "../../core/payout.ts";
import { keyOf, type WorkingCopy } from "../../store/working-copy.ts";
import { keep, vaultBeside } from "./kept.ts";
import type { KeptEntry, KeptIncident } from "./rows.ts";

/** Everything that is committed, as PostgreSQL would have it. Lists are by payout, oldest first. */
export class Tables {
  readonly merchants = new Map<string, Merchant>();
  readonly names = new Map<string, string>();
  readonly payouts = new Map<string, Payout>();
  readonly attempts = new Map<string, Attempt[]>();
  readonly sends = new Map<string, Send[]>();
  readonly answers = new Map<string, Answer[]>();
  readonly events = new Map<string, PayoutHistory[]>();
  readonly incidents = new Map<string, KeptIncident[]>();
  readonly entries = new Map<string, KeptEntry[]>();
  readonly vault = new Map<string, VaultItem>();
  readonly tokens = new Map<string, Token>();
  readonly methods = new Map<string, Method>();
  readonly customers = new Map<string, Customer>();
  readonly sessions = new Map<string, CardSession>();
  readonly erasures: Erasure[] = [];
  readonly accounts = new Map<string, Account>();
  readonly counters = new Map<string, number>();
  readonly references = new Map<string, PayoutReferences>();
  readonly fundings = new Map<string, Funding>();
  readonly cursors = new Map<string, string>();
  /** Attempts by their wire reference. */
  readonly byReference = new Map<string, Attempt>();

  /** What the copy holds that breaks a primary key: rows that are there already. */
  conflict({ appended, payouts, accounts }: WorkingCopy): string | undefined {
    const has = <R>(list: readonly R[] | undefined, same: (row: R) => boolean) => list?.some(same) === true;
    if (payouts.changed().added.some((p) => this.payouts.has(keyOf(p.merchantId, p.id)))) return "payouts_pkey";
    if (accounts.changed().added.some((a) => this.accounts.has(keyOf(a.merchantId, a.currency))))
      return "accounts_pkey";
    if (appended.names.some((n) => this.names.has(keyOf(n.merchantId, n.kind, n.name)))) return "names_pkey";
    if (appended.attempts.some((a) => has(this.attempts.get(payoutKey(a)), (b) => b.attempt === a.attempt)))
      return "attempts_pkey";
    if (appended.attempts.some((a) => this.byReference.has(a.reference))) return "attempts_reference_key";
    if (
      appended.sends.some((s) => has(this.sends.get(payoutKey(s)), (o) => o.attempt === s.attempt && o.send === s.send))
    )
      return "sends_pkey";
    if (appended.answers.some((a) => has(this.answers.get(payoutKey(a)), (b) => b.answer === a.answer)))
      return "answers_pkey";
    if (appended.events.some((e) => has(this.events.get(payoutKey(e)), (f) => f.version === e.version)))
      return "events_pkey";
    const sameEntry = (e: Entry) => (f: Entry) => f.hold === e.hold && f.kind === e.kind;
    const entries = appended.entries;
    const twice = entries.some((e, at) =>
      entries.slice(0, at).some((f) => f.subjectId === e.subjectId && sameEntry(e)(f)),
    );
    if (twice || entries.some((e) => has(this.entries.get(keyOf(e.merchantId, e.subjectId)), sameEntry(e))))
      return "entries_pkey";
    return undefined;
  }

  /** Takes over what a batch decided, all at once. */
  apply(copy: WorkingCopy): void {
    for (const name of copy.freshNames.values())
      if (name.taken) this.names.set(keyOf(name.merchantId, name.kind, name.name), name.id);
    const { appended } = copy;
    const changed = <R>(rows: { changed(): { added: R[]; updated: R[] } }): R[] => {
      const { added, updated } = rows.changed();
      return [...added, ...updated];
    };
    for (const row of changed(copy.counters)) this.counters.set(keyOf(row.merchantId, row.counter), row.value);
    for (const row of appended.vault) this.vault.set(keyOf(row.merchantId, row.vaultId), keep.vault(row));
    const vaultOf = ({ merchantId, vault: { vaultId } }: Token | Method) =>
      vaultBeside(this.vault.get(keyOf(merchantId, vaultId))!);
    for (const row of changed(copy.tokens)) {
      const key = keyOf(row.merchantId, row.id);
      this.tokens.set(key, keep.token(row, this.tokens.get(key), vaultOf(row)));
    }
    for (const row of changed(copy.methods)) {
      const key = keyOf(row.merchantId, row.id);
      this.methods.set(key, keep.method(row, this.methods.get(key), vaultOf(row)));
    }
    for (const row of changed(copy.customers)) {
      const key = keyOf(row.merchantId, row.handle);
      this.customers.set(key, keep.customer(row, this.customers.get(key)));
    }
    for (const row of changed(copy.sessions)) {
      const key = keyOf(row.merchantId, row.id);
      this.sessions.set(key, keep.session(row, this.sessions.get(key)));
    }
    this.erasures.push(...appended.erasures);
    for (const row of changed(copy.payouts)) {
      const key = keyOf(row.merchantId, row.id);
      this.payouts.set(key, keep.payout(row, this.payouts.get(key)));
    }
    for (const row of changed(copy.accounts)) {
      const key = keyOf(row.merchantId, row.currency);
      this.accounts.set(key, keep.account(row, this.accounts.get(key)));
    }
    for (const row of appended.names) this.names.set(keyOf(row.merchantId, row.kind, row.name), row.id);
    for (const row of appended.freedNames) this.names.delete(keyOf(row.merchantId, row.kind, row.name));
    for (const row of appended.references) this.references.set(payoutKey(row), keep.references(row));
    for (const row of appended.fundings) this.fundings.set(keyOf(row.merchantId, row.reference), keep.funding(row));
    for (const row of appended.attempts) {
      const attempt = keep.attempt(row);
      add(this.attempts, payoutKey(row), attempt);
      this.byReference.set(row.reference, attempt);
    }
    for (const row of appended.sends) add(this.sends, payoutKey(row), keep.send(row));
    for (const row of appended.answers) add(this.answers, payoutKey(row), keep.answer(row));
    for (const row of appended.events) add(this.events, payoutKey(row), keep.event(row));
    for (const row of appended.entries)
      add(this.entries, keyOf(row.merchantId, row.subjectId), keep.entry({ ...row, at: copy.now }));
    for (const row of appended.incidents)
      add(this.incidents, payoutKey(row), keep.incident({ ...row, resolved: null }));
    for (const row of appended.resolvedIncidents) {
      const key = payoutKey(row);
      const list = this.incidents.get(key) ?? [];
      this.incidents.set(
        key,
        list.map((incident) => ({ ...incident, resolved: incident.resolved ?? row })),
      );
    }
  }
}

export const payoutKey = ({ merchantId, payoutId }: { merchantId: string; payoutId: string }): string =>
  keyOf(merchantId, payoutId);

function add<R>(rows: Map<string, R[]>, key: string, row: R): void {
  const list = rows.get(key);
  if (list === undefined) rows.set(key, [row]);
  else list.push(row);
}
