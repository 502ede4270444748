/** What clients were told, kept outside of everything that may be killed. */
export class Ledger {
  /** By payout: whether it was acknowledged, and the outcomes that were told. */
  readonly payouts = new Map<string, ToldPayout>();

  of(key: string): ToldPayout {
    let told = this.payouts.get(key);
    if (told === undefined)
      this.payouts.set(key, (told = { acknowledged: false, paid: false, failedAttempts: 0, over: false }));
    return told;
  }
}

export interface ToldPayout {
  acknowledged: boolean;
  /** Told that money has moved. */
  paid: boolean;
  /** Told of so many attempts that they failed: no money moved by any of them. */
  failedAttempts: number;
  /** Told that it has failed by a client that had made sure that nothing of it was under way any more. */
  over: boolean;
}
