import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkBooks } from "../store/check.ts";
import { newMasterKey } from "../vault/keys.ts";
import { DrillMerchant, type Ask } from "./drill-merchant.ts";
import { RestorablePostgres } from "./restorable-postgres.ts";
import { Started } from "./started.ts";
import { StartedBank, type Booking } from "./started-bank.ts";

/** What one run shows. */
export interface Outcome {
  readonly payouts: number;
  /** Transfers that the bank booked before the restore, while dispatch was frozen, and after. */
  readonly transfers: { readonly before: number; readonly whileFrozen: number; readonly after: number };
  /** Payouts that the bank paid more than once. */
  readonly paidTwice: number;
  /** References that the bank paid, and that neither a paid payout nor the operator's list stands for. */
  readonly wrong: readonly string[];
  /** Transfers that are on the operator's list, because nobody asked for them again. */
  readonly listed: number;
  /** Minor units by which our ledger and the list together differ from the bank's books. */
  readonly difference: number;
  /** Seconds from the restored database until dispatch was armed, and until everything was at rest. */
  readonly seconds: { readonly armed: number; readonly atRest: number };
  /** What a merchant was told who asked for a payout again with another amount. */
  readonly otherAmount: unknown;
}

export interface DrillSettings {
  /** Payouts of each kind. */
  readonly each: number;
  /** `remembers`: the bank knows its references again. `forgets`: it pays whatever it is sent, as often as it is sent. */
  readonly bank: "remembers" | "forgets";
  /**
   * `copy`: the server is killed, the files of a backup are put back, it is started again. `point_in_time`: PostgreSQL knows that
   * it is restored, and begins a timeline. `failover`: the same, while the server goes on, as when a standby takes over.
   */
  readonly restored: "copy" | "point_in_time" | "failover";
  /** `false`: what would happen if nobody noticed. The restored database is simply let go on. */
  readonly guarded: boolean;
  /** Whether to wait, as an operator has to, until nothing that was sent before can still arrive. */
  readonly patient: boolean;
}

const secret = "only-for-the-drill-of-a-restore";

/** A restore of a database, with everything real: processes, PostgreSQL, a bank with books of its own, merchants who ask again. */
export class Drill {
  readonly #settings: DrillSettings;
  readonly #folder = mkdtempSync(join(tmpdir(), "disburse-drill-"));
  readonly #masterKey = newMasterKey(randomBytes);
  #postgres!: RestorablePostgres;
  #bank!: StartedBank;
  #server!: Started;

  private constructor(settings: DrillSettings) {
    this.#settings = settings;
  }

  static async run(settings: DrillSettings): Promise<Outcome> {
    const drill = new Drill(settings);
    try {
      return await drill.#run();
    } catch (error) {
      const words = drill.#server?.output().split("\n").slice(-40).join("\n");
      throw new Error(`the drill did not come to its end; the server's last words:\n${words}`, { cause: error });
    } finally {
      await drill.#server?.end().catch(() => null);
      await drill.#bank?.close();
      await drill.#postgres?.remove();
      rmSync(drill.#folder, { recursive: true, force: true });
    }
  }

  async #run(): Promise<Outcome> {
    const { bank, guarded, each, restored } = this.#settings;
    const mood = bank === "forgets" ? ["--pay-again", "1"] : [];
    [this.#postgres, this.#bank] = await Promise.all([
      RestorablePostgres.open(join(this.#folder, "postgres")),
      StartedBank.open(join(this.#folder, "bank"), secret, ...mood),
    ]);
    await this.#start();
    const merchant = new DrillMerchant(
      () => this.#server,
      (like) => this.#open(like),
      each,
    );
    const before = await merchant.beforeTheBackup();
    await this.#postgres.backUp(join(this.#folder, "backup"));
    const lost = await merchant.inTheTimeThatIsLost(before);
    if (restored !== "failover") await this.#server.end("SIGKILL");
    await this.#postgres.restore(join(this.#folder, "backup"), { recovery: restored !== "copy" });

    const startedAt = performance.now();
    const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
    if (restored !== "failover") await this.#start();
    if (guarded) await until(async () => (await this.#health()).dispatch === "frozen");
    else await this.#letGo();
    const paid = (await this.#bank.transfers()).length;
    const [now, later] = [lost.filter((_, n) => n % 2 === 0), lost.filter((_, n) => n % 2 === 1)];
    await merchant.ask([...fresh(each), ...now]);
    const whileFrozen = (await this.#bank.transfers()).length - paid;
    if (guarded) await this.#arm();
    const armed = seconds();
    await merchant.ask(later);
    const otherAmount = guarded ? await merchant.askForOtherAmount() : null;
    await untilNone(() => this.#open("%"));
    const atRest = seconds();
    assert.deepEqual(await checkBooks(this.#postgres.url), []);
    const all = (await this.#bank.transfers()).length;
    const transfers = { before: paid, whileFrozen, after: all - paid - whileFrozen };
    return {
      payouts: merchant.payouts,
      transfers,
      ...(await this.#compare()),
      otherAmount,
      seconds: { armed, atRest },
    };
  }

  async #start(): Promise<void> {
    this.#server = await Started.open(join(this.#folder, "data"), {
      DATABASE_URL: this.#postgres.url,
      DISBURSE_MASTER_KEY: this.#masterKey,
      DISBURSE_SANDBOX_BANK_URL: this.#bank.url,
      DISBURSE_SANDBOX_SECRET: secret,
      DISBURSE_SANDBOX_CLASS: this.#settings.bank === "forgets" ? "asks" : "deduplicates",
    });
  }

  /** Payouts like this that are under way, and due. */
  async #open(like: string): Promise<number> {
    const text = `select count(*)::int as n from payouts p
        left join payout_references r on r.merchant_id = p.merchant_id and r.payout_id = p.id
      where (p.handle like $1 or r.merchant_reference like $1) and not p.frozen
        and p.state in ('queued', 'sent', 'accepted', 'in_doubt') and p.next_at < now() + interval '1 hour'`;
    return (await this.#postgres.query(text, [like]))[0].n;
  }

  async #health(): Promise<any> {
    return (await fetch(`${this.#server.demo.url}/health`)).json();
  }

  /** As an operator does it: reads what the server says, and runs the command. */
  async #arm(): Promise<void> {
    const { rewound_at: rewoundAt } = (await this.#postgres.query("select rewound_at from dispatch"))[0];
    assert.match(this.#server.output(), /nothing is sent: this database is not trusted, because .*\n.*disburse arm/);
    const quiet = async () => Date.now() > rewoundAt.getTime() + 26_000;
    if (this.#settings.patient) await until(quiet);
    else await this.#postgres.query("update dispatch set rewound_at = rewound_at - interval '1 minute'");
    const { code, out } = await this.#server.command("arm", "--reason", "the drill", "--by", "the drill");
    assert.equal(code, 0, `${out}\n${this.#server.output()}`);
  }

  /** What a server would do that knows nothing of restores. */
  async #letGo(): Promise<void> {
    await until(async () => (await this.#health()).dispatch === "frozen");
    const text =
      "update dispatch set frozen_at = null, frozen_because = null, since = null, rewound_at = null, armed_at = now()";
    await this.#postgres.query(`${text}, timeline = null; delete from dispatch_log where event = 'frozen'`);
    await until(async () => (await this.#health()).dispatch === "armed");
  }

  /** The bank's books against ours. */
  async #compare(): Promise<Pick<Outcome, "paidTwice" | "wrong" | "listed" | "difference">> {
    const paid = (await this.#bank.transfers()).filter(({ status }) => status === "paid");
    const attempts = await this.#postgres.query(
      `select a.reference, p.handle, p.state, a.attempt = p.attempt as latest
         from attempts a join payouts p on p.merchant_id = a.merchant_id and p.id = a.payout_id`,
    );
    const known = new Map(attempts.map((row) => [row.reference as string, row]));
    const { body } = await this.#server.admin("GET", "/admin/dispatch");
    const list = body.transfers.filter((one: Booking) => one.status === "paid") as Booking[];
    const listed = new Set(list.map(({ reference }) => reference));
    const isWrong = (reference: string) => {
      const row = known.get(reference);
      return row === undefined ? !listed.has(reference) : row.state !== "paid" || row.latest !== true;
    };
    const sum = (some: readonly Booking[]) => some.reduce((total, { amount_minor: minor }) => total + minor, 0);
    const ours = await this.#postgres.query(
      "select sum(paid_out_minor)::int as minor from accounts where currency = 'EUR'",
    );
    return {
      paidTwice: paid.length - new Set(paid.map(({ amount_minor: minor }) => minor)).size,
      wrong: [...new Set(paid.map(({ reference }) => reference))].filter(isWrong),
      listed: listed.size,
      difference: sum(paid) - sum(list) - ours[0].minor,
    };
  }
}

/** Payouts that are new after the restore: numbers that were given before must not lead them to somebody else's transfer. */
const fresh = (each: number): Ask[] =>
  Array.from({ length: each }, (_, n) => [
    { door: "worldline", name: `fresh-key-${n}` } as const,
    { door: "frisbii", name: `fresh-${n}` } as const,
  ]).flat();

/** Waits until a count is zero: for as long as it still falls, however slowly. */
async function untilNone(count: () => Promise<number>): Promise<void> {
  const isLess = async (than: number) => (await count()) < than;
  for (let left = await count(); left > 0; left = await count()) {
    const before = left;
    await until(() => isLess(before));
  }
}

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 90_000;
  while (!(await isSo().catch(() => false))) {
    assert.ok(performance.now() < deadline, "it takes longer than a minute and a half");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
