import type { EndpointFormat } from "../core/endpoint.ts";
import type { Notice } from "../core/notice.ts";
import type { DueLine, DueNotice } from "../store/due-notices.ts";
import type { EndpointKey } from "../store/endpoint-leases.ts";
import type { CallMade } from "../store/notice-calls.ts";
import { waitsOn, type Clock } from "./clock.ts";
import { CallKeeper } from "./keep-calls.ts";
import { Mailbox, type Letter, type MailboxPorts, type OpenEndpoint, type Reply } from "./mailbox.ts";
import type { Rest } from "./pace.ts";
import { usualRetries, type RetrySchedule } from "./retries.ts";
import { Room } from "./room.ts";

/** What delivery needs of a store. */
export interface NoticeStore {
  /** Endpoints with something to tell that nobody else delivers to: the first ones behind `behind`. */
  due(most: number, behind: EndpointKey | undefined): Promise<readonly EndpointKey[]>;
  /** Takes endpoints on; those that come back are this server's for so long. */
  lease(keys: readonly EndpointKey[], seconds: number): Promise<readonly OpenEndpoint[]>;
  release(keys: readonly EndpointKey[]): Promise<void>;
  lines(
    key: EndpointKey,
    page: { most: number; each: number; without: readonly string[] },
  ): Promise<readonly DueLine[]>;
  save(calls: readonly CallMade[]): Promise<void>;
  /** Forgets some of what is over for long. Tells how much. */
  forget(): Promise<number>;
  /** The receiver of an endpoint has said that it wants no more. */
  disable(key: EndpointKey, because: string): Promise<void>;
}

export interface DeliverPorts {
  readonly store: NoticeStore;
  readonly clock: Clock;
  readonly retries?: Partial<Record<EndpointFormat, RetrySchedule>>;
  /** Endpoints that are taken on at once; 2,000. */
  readonly most?: number;
  /** How long an endpoint stays a server's that has died; 10. */
  readonly leaseSeconds?: number;
  write(endpoint: OpenEndpoint, notice: DueNotice): Letter | undefined;
  post(endpoint: OpenEndpoint, letter: Letter): Promise<Reply>;
  log(event: Record<string, unknown>, message: string): void;
}

/** It is renewed three times before it ends. */
const usualLeaseSeconds = 10;
/** An endpoint that nothing waits for is given back after so long. */
const idleMs = 5_000;
const usualMost = 2_000;
/** Calls at a time, of all endpoints together: to those that answer, and to those that have not (yet), which may take ten seconds each. */
const rooms = { answering: 256, others: 1_024 };
/** Due notices that are looked at for whose customers are next, and notices read of each of these. */
const page = { most: 200, each: 50 };

/** Tells endpoints what happened, at least once, each customer's in order. Each endpoint is one server's at a time. */
export class Deliverer {
  readonly #ports: DeliverPorts;
  readonly #leaseSeconds: number;
  readonly #most: number;
  readonly #boxes = new Map<string, { readonly key: EndpointKey; readonly box: Mailbox }>();
  readonly #wanted = new Map<string, EndpointKey>();
  readonly #answering = new Room(rooms.answering);
  readonly #others = new Room(rooms.others);
  readonly #keeper: CallKeeper;
  #taking = false;
  /** Endpoints that were let go of, and until when they are left alone. */
  readonly #resting = new Map<string, Rest>();
  #lookedAt: EndpointKey | undefined;
  #renewedAt = -Infinity;
  #closed = false;

  constructor(ports: DeliverPorts) {
    this.#ports = ports;
    this.#leaseSeconds = ports.leaseSeconds ?? usualLeaseSeconds;
    this.#most = ports.most ?? usualMost;
    this.#keeper = new CallKeeper({
      save: (calls) => ports.store.save(calls),
      sleep: waitsOn(ports.clock).sleep,
      log: (event, message) => ports.log(event, message),
    });
  }

  /** Something has just been committed that endpoints are to be told. */
  told(notices: readonly Pick<Notice, "merchantId" | "endpointId">[]): void {
    for (const { merchantId, endpointId } of notices) this.#want({ merchantId, endpointId });
  }

  /** What has waited at these endpoints, or was over, is to be told now. */
  again(keys: readonly EndpointKey[]): void {
    for (const key of keys) {
      this.#boxes.get(nameOf(key))?.box.wakeAgain();
      this.#want(key);
    }
  }

  /**
   * Finds what others left or committed, and what has to be told again; keeps what is this server's. Run again and again: sooner when
   * it found an endpoint at which nothing was under way.
   */
  async look(): Promise<number> {
    const now = this.#ports.clock.monotonic();
    if (now - this.#renewedAt >= (this.#leaseSeconds * 1_000) / 3.5) await this.#renew(now);
    const due = await this.#ports.store.due(this.#most, this.#lookedAt);
    this.#lookedAt = due.length < this.#most ? undefined : due.at(-1);
    return due.filter((key) => this.#want(key)).length;
  }

  /** Begins nothing more, and keeps how the last calls went. The endpoints are free for whoever runs next. */
  async close(withinMs: number): Promise<void> {
    this.#closed = true;
    const { clock } = this.#ports;
    const { within, sleep } = waitsOn(clock);
    for (const { box } of this.#boxes.values()) box.close();
    const until = clock.monotonic() + withinMs;
    const isBusy = () => this.#answering.used + this.#others.used > 0 || this.#keeper.saving;
    while (isBusy() && clock.monotonic() < until) await sleep(20);
    const keys = [...this.#boxes.values()].map(({ key }) => key);
    await within(
      1_000,
      this.#ports.store.release(keys).catch(() => {}),
    );
  }

  /** Has an endpoint told what waits for it. False: that is under way already, or it is left alone. */
  #want(key: EndpointKey): boolean {
    if (this.#closed) return false;
    const known = this.#boxes.get(nameOf(key));
    if (known !== undefined) {
      const wasQuiet = known.box.idleMs() > 0;
      known.box.wake();
      return wasQuiet;
    }
    const rest = this.#resting.get(nameOf(key));
    if (rest !== undefined && rest.until > this.#ports.clock.monotonic()) return false;
    if (this.#boxes.size + this.#wanted.size >= this.#most && !this.#makeRoom()) return false; // found again when there is room
    this.#wanted.set(nameOf(key), key);
    if (!this.#taking) void this.#take();
    return true;
  }

  /** Lets go of endpoints that nothing waits for, and of those that are left alone for a while: these are taken on again when that is over. */
  #makeRoom(): boolean {
    const keys: EndpointKey[] = [];
    for (const [name, { key, box }] of this.#boxes) {
      const rest = box.rest();
      if (rest === undefined && box.idleMs() === 0) continue;
      if (rest !== undefined) this.#resting.set(name, rest);
      this.#drop(key, box);
      keys.push(key);
    }
    if (keys.length > 0) this.#ports.store.release(keys).catch(() => {}); // else their leases end by themselves
    return keys.length > 0;
  }

  /** Takes on what is wanted: one statement for however many endpoints have been named meanwhile. */
  async #take(): Promise<void> {
    this.#taking = true;
    await Promise.resolve();
    while (this.#wanted.size > 0 && !this.#closed) {
      const keys = [...this.#wanted.values()];
      this.#wanted.clear();
      try {
        const since = this.#ports.clock.monotonic();
        for (const endpoint of await this.#ports.store.lease(keys, this.#leaseSeconds)) this.#open(endpoint, since);
      } catch (err) {
        this.#ports.log({ err }, "endpoints could not be taken on; they are found again");
      }
    }
    this.#taking = false;
  }

  #open(endpoint: OpenEndpoint, since: number): void {
    const key = { merchantId: endpoint.merchantId, endpointId: endpoint.id };
    const known = this.#boxes.get(nameOf(key));
    const box = known?.box ?? this.#mailbox(endpoint, key);
    if (known === undefined) this.#boxes.set(nameOf(key), { key, box });
    box.endpoint = endpoint;
    box.leasedUntil = since + this.#leaseSeconds * 1_000;
    box.wake();
  }

  #mailbox(endpoint: OpenEndpoint, key: EndpointKey): Mailbox {
    const { clock, store, retries, write, post, log } = this.#ports;
    const rest = this.#resting.get(nameOf(key));
    this.#resting.delete(nameOf(key));
    const mailboxPorts: MailboxPorts = {
      lines: (_, without) => store.lines(key, { ...page, without }),
      write,
      post,
      save: (call) => this.#keeper.keep(call),
      gone: async ({ id }) => {
        this.#boxes.delete(nameOf(key));
        await store.disable(key, "its receiver answered 410 Gone");
        log({ endpoint: id }, "an endpoint was disabled: its receiver answered 410 Gone");
      },
      withRoom: (answers, work) => (answers ? this.#answering : this.#others).enter(work),
      schedule: retries?.[endpoint.format] ?? usualRetries[endpoint.format],
      monotonic: () => clock.monotonic(),
      wall: () => clock.wall(),
      after: (ms, then) => clock.after(ms, then),
      chance: () => clock.chance(),
      log,
    };
    return new Mailbox(endpoint, mailboxPorts, rest?.rests);
  }

  /** Keeps endpoints that are in use, gives back those that are not, and drops those that somebody else has taken. */
  async #renew(now: number): Promise<void> {
    this.#renewedAt = now;
    const all = [...this.#boxes.values()];
    const idle = all.filter(({ box }) => box.idleMs() > idleMs);
    for (const { key, box } of idle) this.#drop(key, box);
    if (idle.length > 0) await this.#ports.store.release(idle.map(({ key }) => key));
    const kept = all.filter((one) => !idle.includes(one));
    const endpoints = await this.#ports.store.lease(
      kept.map(({ key }) => key),
      this.#leaseSeconds,
    );
    const ours = new Set(endpoints.map(({ merchantId, id }) => nameOf({ merchantId, endpointId: id })));
    for (const { key, box } of kept) if (!ours.has(nameOf(key))) this.#drop(key, box);
    for (const endpoint of endpoints) this.#open(endpoint, now);
  }

  #drop(key: EndpointKey, box: Mailbox): void {
    box.close();
    this.#boxes.delete(nameOf(key));
  }
}

const nameOf = ({ merchantId, endpointId }: EndpointKey): string => `${merchantId} ${endpointId}`;
