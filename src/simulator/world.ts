import { createHash, createSecretKey } from "node:crypto";
import type { Command } from "../core/command.ts";
import { isRefusal } from "../core/refusal.ts";
import { CommitFault } from "../engine/fault.ts";
import { fundMerchant } from "../flow/fund.ts";
import { CommitLost } from "../store/batch.ts";
import { addMethod, createToken } from "../flow/method.ts";
import type { Told } from "../dialects/services.ts";
import { sandboxRail } from "../rails/sandbox.ts";
import { referencePrefix, referenceTools } from "../references.ts";
import { hashKey } from "../vault/api-key.ts";
import { sealCard } from "../vault/cards.ts";
import { Bank, type Transfer } from "./bank.ts";
import { Chance } from "./chance.ts";
import { fingerprintKey, openVault } from "./data-keys.ts";
import type { Database, OpenDatabase } from "./database.ts";
import { Faults } from "./faults.ts";
import { MemoryDatabase } from "./memory/database.ts";
import { Process } from "./process.ts";
import { drawProfile, type Profile } from "./profile.ts";
import { manners } from "./rails.ts";
import type { Recorded } from "./record.ts";
import { Server, signCallback, type Keys, type Request } from "./server.ts";
import { Timeline } from "./timeline.ts";
import { Ledger } from "./told.ts";
import { Watch } from "./watch.ts";
import { wireTo } from "./wire.ts";

export interface WorldOptions {
  readonly seed: number;
  /** Only these faults happen; all that are drawn when left out. */
  readonly only?: ReadonlySet<string> | undefined;
  readonly trace?: ((line: string) => void) | undefined;
  /** Hears what is done to the database. */
  readonly record?: ((event: Recorded) => void) | undefined;
  /** The database in memory when left out. */
  readonly openDatabase?: OpenDatabase | undefined;
  /** What runs by itself looks around so much more seldom: polling is most of what there is to simulate otherwise. */
  readonly pace?: number | undefined;
}

export interface SimMerchant {
  readonly id: string;
  readonly worldlineMerchantId: string;
  readonly frisbiiKey: string;
  readonly worldlineKey: { readonly keyId: string; readonly secret: string };
  readonly methods: readonly string[];
}

const referenceKey = createSecretKey(Buffer.alloc(32, 9));
const epoch = Date.UTC(2026, 2, 28, 23, 30); // the night in which European clocks change
/** So long a client waits for an answer. */
const patienceMs = 20_000;
export const cards = ["4111111111111111", "5555555555554444", "4000000000000002"] as const;

/** One seed's world: servers, a database, banks and clients, in virtual time. */
export class World {
  readonly profile: Profile;
  readonly chance: Chance;
  readonly timeline = new Timeline();
  readonly faults: Faults;
  readonly database: Database;
  readonly banks = new Map<string, Bank>();
  readonly watch: Watch;
  readonly ledger = new Ledger();
  /** Handles of creates of which a copy came through after the answer: the network had sent them twice. */
  readonly copied = new Set<unknown>();
  readonly merchants: SimMerchant[] = [];
  readonly servers: (Server | null)[] = [];
  readonly #hash = createHash("sha256");
  readonly #trace: ((line: string) => void) | undefined;
  readonly #pace: number;
  readonly #keys: Keys;
  readonly #keyTable = new Map<string, SimMerchant>();
  #starts = 0;

  constructor({
    seed,
    only,
    trace,
    record,
    openDatabase = (ports) => new MemoryDatabase(ports),
    pace = 20,
  }: WorldOptions) {
    this.chance = new Chance(`seed ${seed}`);
    this.#trace = trace;
    this.#pace = pace;
    this.profile = drawProfile(this.chance.of("profile"));
    const tell = (line: string) => this.tell(line);
    this.faults = new Faults(this.profile, this.chance.of("faults"), tell, only);
    const { timeline, faults } = this;
    this.database = openDatabase({
      timeline,
      faults,
      epoch,
      chance: this.chance.of("database"),
      record,
      onCommit: (committed) => {
        for (const event of committed.events)
          this.tell(`  ${event.payoutId} v${event.version} ${event.kind} → ${event.state} (attempt ${event.attempt})`);
        this.watch.onCommit(committed);
      },
    });
    this.watch = new Watch(this.database.tables, (key) => this.hasLied(key));
    for (const [currency, manner] of Object.entries(manners)) {
      const chance = this.chance.of(`bank ${currency}`);
      this.banks.set(
        manner.rules.name,
        new Bank(manner, {
          timeline,
          faults,
          chance,
          tell,
          onPaid: (transfer: Transfer) => this.watch.onPaid(transfer),
          callBack: (body, signed) => this.#callBack(body, signed),
        }),
      );
    }
    this.#keys = {
      frisbii: (hash) => this.#caller(hash.toString("hex")),
      worldline: (keyId) => {
        const merchant = this.#keyTable.get(keyId);
        if (merchant === undefined) return undefined;
        const { id, worldlineMerchantId, worldlineKey } = merchant;
        return { keyId, merchantId: id, worldlineMerchantId, secret: worldlineKey.secret };
      },
    };
  }

  get traceHash(): string {
    return this.#hash.copy().digest("hex").slice(0, 16);
  }

  tell(line: string): void {
    const text = `${this.timeline.now} ${line}`;
    this.#hash.update(text).update("\n");
    this.#trace?.(text);
  }

  /** The database's wall clock as it should be. */
  wall(): number {
    return epoch + this.timeline.now;
  }

  hasLied(key: string): boolean {
    const attempts = this.database.tables.attempts.get(key) ?? [];
    return attempts.some(({ reference }) =>
      [...this.banks.values()].some((bank) => bank.of(reference).some(({ lied }) => lied)),
    );
  }

  /** Merchants with money, a customer and saved cards, before anything can go wrong. */
  async open(): Promise<void> {
    this.faults.on = false;
    for (let number = 0; number < this.profile.merchants; number += 1) await this.#openMerchant(number);
    this.faults.on = true;
    for (let host = 0; host < this.profile.servers; host += 1) this.start(host);
  }

  async #openMerchant(number: number): Promise<void> {
    const chance = this.chance.of(`merchant ${number}`);
    const id = String(1_000 + number);
    const worldlineMerchantId = String(9_000 + number);
    const frisbiiKey = `priv_${chance.bytes(16).toString("hex")}`;
    const worldlineKey = { keyId: `key-${number}`, secret: chance.bytes(16).toString("hex") };
    await this.database.addMerchant({
      id,
      handle: `merchant-${number}`,
      name: "Simulated",
      currency: "EUR",
      country: "DE",
      timezone: "Europe/Berlin",
      test: true,
      worldlineMerchantId,
      referencePrefix: referencePrefix(referenceKey, id, 0),
      approval: { frisbii: chance.happens(0.1), worldline: chance.happens(0.9) },
      agreements: Object.entries(manners).map(([currency, { rules }]) => ({
        id: rules.name,
        rail: rules.name,
        brands: [],
        currencies: [currency],
        payout: true,
      })),
      subscriptions: [],
      createdAt: epoch,
    });
    const methods: string[] = [];
    const cardKeys = { vault: openVault(chance, () => 0), fingerprintKey };
    const commands: Command[] = Object.keys(manners).map((currency, at) => {
      const amountMinor = this.profile.poor ? 25_000n : 10_000_000n;
      return fundMerchant({
        merchantId: id,
        id: `${id}90${at}`,
        reference: `start-${currency}`,
        currency,
        amountMinor,
      });
    });
    for (const [at, cardNumber] of cards.entries()) {
      const vaultId = `${id}80${at}`;
      const card = { merchantId: id, vaultId, number: cardNumber, expMonth: 12, expYear: 2039, amountTable: false };
      const tokenId = `ct_${chance.bytes(16).toString("hex")}`;
      const methodId = `ca_${chance.bytes(16).toString("hex")}`;
      methods.push(methodId);
      const isFirst = at === 0;
      const draft = { handle: "customer-1", details: {}, metadata: null, debtorId: null, test: null };
      commands.push(createToken(tokenId, await sealCard(cardKeys, card)));
      commands.push(
        addMethod({
          merchantId: id,
          id: methodId,
          tokenId,
          reference: null,
          customer: isFirst ? null : "customer-1",
          newCustomer: isFirst ? draft : null,
          nameId: `${id}70${at}`,
          eventId: `${id}60${at}`,
        }),
      );
    }
    const process = new Process("setup", this, 0);
    const { timeline } = this;
    let done = false;
    const setUp = async (): Promise<void> => {
      const session = await this.database.reach(process, chance).store.openSession();
      for (const command of commands) {
        const [outcome] = await session.run([command]);
        if (outcome === undefined || "fault" in outcome || isRefusal(outcome.answer))
          throw new Error("the world could not be set up", { cause: outcome });
      }
      done = true;
    };
    const settingUp = setUp();
    await timeline.run(() => done, 60_000);
    await settingUp;
    const merchant = { id, worldlineMerchantId, frisbiiKey, worldlineKey, methods };
    this.merchants.push(merchant);
    this.#keyTable.set(hashKey(frisbiiKey).toString("hex"), merchant);
    this.#keyTable.set(worldlineKey.keyId, merchant);
  }

  #caller(hash: string) {
    const merchant = this.#keyTable.get(hash);
    return merchant === undefined ? undefined : { merchantId: merchant.id, keyId: hash };
  }

  /** A server starts on a host, or starts anew. */
  start(host: number): void {
    this.#starts += 1;
    const name = `server ${host} start ${this.#starts}`;
    const chance = this.chance.of(name);
    const process = new Process(name, this, this.profile.skewMs === 0 ? 0 : chance.pick([0, this.profile.skewMs]));
    process.onEnd(() => {
      this.tell(`${name} is gone`);
      this.servers[host] = null;
      this.timeline.after(chance.skewed(200, 30_000), () => this.start(host));
    });
    const { timeline, faults } = this;
    const { store, reader } = this.database.reach(process, chance.of("store"));
    const rails = [...this.banks.values()].map((bank) => {
      const onWrite = (body: string) => {
        const { reference, send } = JSON.parse(body) as { reference: string; send: number };
        this.watch.onWrite(reference, send, body, this.profile.database.jumps ? null : this.database.now);
      };
      const tell = (line: string) => this.tell(line);
      const wire = wireTo({ timeline, faults, chance: chance.of("wire"), process, bank, onWrite, tell });
      return sandboxRail(wire, bank.manner.rules);
    });
    const server = new Server({
      process,
      store,
      reader,
      rails,
      tools: referenceTools("simulated", referenceKey),
      chance: chance.of("server"),
      keys: this.#keys,
      pace: this.#pace,
      wall: () => this.wall() + process.skewMs,
      log: (event, message) => this.#heard(name, event, message),
    });
    if (process.alive) this.servers[host] = server;
    this.tell(`${name} starts`);
  }

  #heard(name: string, event: Record<string, unknown>, message: string): void {
    const error = event["err"];
    const words = error instanceof CommitLost ? error.name : error instanceof Error ? error.message : ""; // PostgreSQL counts on
    this.tell(`${name}: ${message} ${words}`);
    const isBroken = error instanceof CommitFault && error.kind === "broken";
    if (isBroken || event["next"] === "broken" || event["fault"] === "broken")
      this.watch.violated(`a command broke: ${causeOf(error)}`);
  }

  /** A request of a client to any server. Null: no answer came. */
  ask(chance: Chance, request: Request): Promise<Told | null> {
    const { timeline, faults } = this;
    const { lost, replyLost, twice } = this.profile.door;
    let answered = false;
    if (faults.happens("request sent twice", twice))
      void this.#deliver(chance, request, false).then(() => {
        if (answered && request.method === "POST") this.copied.add(handleIn(request.body));
      });
    return new Promise((resolve) => {
      timeline.after(patienceMs, () => resolve(null));
      if (faults.happens("request lost", lost)) return;
      const mute = faults.happens("answer to a client lost", replyLost);
      void this.#deliver(chance, request, true).then((told) => {
        answered = !mute;
        if (!mute) timeline.after(chance.between(1, 50), () => resolve(told));
      });
    });
  }

  #deliver(chance: Chance, request: Request, isCounted: boolean): Promise<Told | null> {
    const running = this.servers.filter((server) => server !== null);
    return new Promise((resolve) => {
      const server = running.length === 0 ? undefined : chance.pick(running);
      if (server === undefined) return this.timeline.after(50, () => resolve(null));
      server.process.onEnd(() => this.timeline.after(20, () => resolve(null)));
      const serve = server.process
        .port("http", chance.between(2, 60), () => undefined)
        .then(() => server.answer(request));
      void serve.then((told) => {
        if (isCounted) this.tell(`${request.method} ${request.path} → ${told.status}`);
        resolve(told);
      });
    });
  }

  #callBack(body: { reference: string; status: string }, signed: boolean): void {
    const text = JSON.stringify(body);
    const signature = signed ? signCallback(text) : "00".repeat(32);
    void this.#deliver(
      this.chance.of(`callback ${this.timeline.now}`),
      { method: "POST", path: "/rails/sandbox/callback", headers: { "x-sandbox-signature": signature }, body },
      false,
    );
  }

  /** Every payout, with what the banks know of it. */
  transfersOf(key: string): Transfer[] {
    const attempts = this.database.tables.attempts.get(key) ?? [];
    return attempts.flatMap(({ reference }) => [...this.banks.values()].flatMap((bank) => bank.of(reference)));
  }
}

const handleIn = (body: unknown): unknown => (body as { handle?: unknown } | undefined)?.handle;

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : causeOf(error.cause);
}
