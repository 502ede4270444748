import type { Endpoint, EndpointSecrets } from "../core/endpoint.ts";
import type { Merchant } from "../core/parties.ts";
import type { DueLine, DueNotice } from "../store/due-notices.ts";
import type { CallMade } from "../store/notice-calls.ts";
import { Pace, type Rest } from "./pace.ts";
import { pauseAfter, type RetrySchedule } from "./retries.ts";

/** An endpoint with all that a letter to it is made with. */
export type OpenEndpoint = Endpoint & { readonly secrets: EndpointSecrets; readonly merchant: Merchant };

/** What is sent to an endpoint. */
export interface Letter {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a call ended. Statuses from 200 to 299 are success, and nothing else is. */
export interface Reply {
  readonly status: number | null;
  readonly fault: string | null;
  readonly durationMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly retryAfterMs: number | null;
}

export interface MailboxPorts {
  /** What is due, but of the customers in `without`. */
  lines(endpoint: Endpoint, without: readonly string[]): Promise<readonly DueLine[]>;
  /** Undefined: the endpoint's format has no words for it. */
  write(endpoint: OpenEndpoint, notice: DueNotice): Letter | undefined;
  post(endpoint: OpenEndpoint, letter: Letter): Promise<Reply>;
  /** Resolves when it is kept; false: it cannot be, so the notice still waits to be told. */
  save(call: CallMade): Promise<boolean>;
  /** The receiver wants no more. */
  gone(endpoint: Endpoint): Promise<void>;
  /** Runs `work` when the server has room for another call; endpoints that answer have room of their own. */
  withRoom(answers: boolean, work: () => Promise<void>): void;
  readonly schedule: RetrySchedule;
  monotonic(): number;
  wall(): number;
  /** Calls `then` once after `ms`, unless the returned function is called before. */
  after(ms: number, then: () => void): () => void;
  chance(): number;
  log(event: Record<string, unknown>, message: string): void;
}

/** For so long it is believed that a customer has to wait: another server may be asked to have them told at once. */
const believedMs = 60_000;
/** A lease that ends this soon is not begun anything under. */
const leaseMarginMs = 1_000;

/** What waits for one endpoint, told customer by customer, each in order: a call that failed keeps that customer's others back. */
export class Mailbox {
  endpoint: OpenEndpoint;
  /** Monotonic; until then no other server delivers to it. */
  leasedUntil = 0;
  readonly #ports: MailboxPorts;
  readonly #pace: Pace;
  /** Customers taken up, with what is still to be told of them. One stays until nothing is in the air or unsaved, so that nothing is read twice. */
  readonly #lines = new Map<string, DueNotice[]>();
  readonly #inTheAir = new Set<string>();
  readonly #unsaved = new Map<string, number>();
  readonly #ready: string[] = [];
  /** Customers whose first notice has to wait, and until when. */
  readonly #blocked = new Map<string, number>();
  #flying = 0;
  #reading = false;
  #more = true;
  #forget: () => void = () => {};
  #closed = false;
  #busyAt: number;

  /** `rests`: so many has it taken before, since its receiver last answered. */
  constructor(endpoint: OpenEndpoint, ports: MailboxPorts, rests = 0) {
    this.endpoint = endpoint;
    this.#ports = ports;
    this.#pace = new Pace(ports, rests);
    this.#busyAt = ports.monotonic();
  }

  /** Nothing has been under way for so long, in milliseconds. */
  idleMs(): number {
    const busy = this.#reading || this.#more || this.#lines.size > 0 || this.#flying > 0;
    return busy ? 0 : this.#ports.monotonic() - this.#busyAt;
  }

  /** Until when its receiver is left alone; undefined: it is not, or something is under way. */
  rest(): Rest | undefined {
    return this.#flying === 0 && this.#unsaved.size === 0 ? this.#pace.rest() : undefined;
  }

  /** There may be something new. */
  wake(): void {
    this.#more = true;
    this.#pump();
  }

  /** Something that waited is to be told now. */
  wakeAgain(): void {
    this.#blocked.clear();
    this.wake();
  }

  close(): void {
    this.#closed = true;
    this.#forget();
  }

  #pump(): void {
    if (this.#closed) return;
    if (this.#ports.monotonic() > this.leasedUntil - leaseMarginMs) return; // whoever renews it wakes it
    const rest = this.#pace.rest();
    if (rest !== undefined) return this.#wakeAt(rest.until);
    while (this.#flying < this.#pace.atATime && this.#ready.length > 0) this.#fly(this.#ready.shift()!);
    if (this.#ready.length === 0 && this.#more && !this.#reading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    this.#more = false;
    try {
      const now = this.#ports.monotonic();
      for (const [customer, until] of this.#blocked) if (until <= now) this.#blocked.delete(customer);
      const lines = await this.#ports.lines(this.endpoint, [...this.#lines.keys(), ...this.#blocked.keys()]);
      for (const { customer, waitMs, notices } of lines) {
        if (waitMs > 0) this.#waitFor(customer, waitMs);
        else {
          this.#lines.set(customer, [...notices]);
          this.#ready.push(customer);
        }
      }
      this.#more ||= lines.length > 0;
    } catch (err) {
      this.#ports.log(
        { err, endpoint: this.endpoint.id },
        "what waits for an endpoint could not be read; it is tried again",
      );
      this.#pace.leaveAlone(1_000);
      this.#more = true;
    }
    this.#reading = false;
    this.#busyAt = this.#ports.monotonic();
    const first = Math.min(...this.#blocked.values());
    if (first < Infinity) this.#wakeAt(first);
    this.#pump();
  }

  #fly(customer: string): void {
    const notice = this.#lines.get(customer)?.shift();
    if (notice === undefined) return;
    this.#flying += 1;
    this.#inTheAir.add(customer);
    this.#ports.withRoom(this.#pace.answers, async () => {
      try {
        await this.#tell(customer, notice);
      } catch (err) {
        this.#ports.log({ err, notice: notice.id }, "a notice could not be told; it is told again");
        this.#block(customer, 10_000);
      }
      this.#flying -= 1;
      this.#inTheAir.delete(customer);
      if ((this.#lines.get(customer)?.length ?? 0) > 0) this.#ready.push(customer);
      else this.#leave(customer);
      this.#busyAt = this.#ports.monotonic();
      this.#pump();
    });
  }

  async #tell(customer: string, notice: DueNotice): Promise<void> {
    if (this.#closed || this.#ports.monotonic() > this.leasedUntil - leaseMarginMs) return this.#block(customer, 0);
    const letter = this.#ports.write(this.endpoint, notice);
    if (letter === undefined) {
      return this.#save(customer, notice, this.#ports.wall(), "disabled", null, unspeakable);
    }
    const beganAt = this.#ports.wall();
    const reply = await this.#ports.post(this.endpoint, letter);
    if (reply.status !== null && reply.status >= 200 && reply.status < 300) {
      this.#pace.succeeded();
      return this.#save(customer, notice, beganAt, "completed", null, reply);
    }
    this.#pace.failed(reply.retryAfterMs);
    const asked = reply.retryAfterMs;
    const usual = pauseAfter(this.#ports.schedule, notice.tries + 1, this.#ports.chance());
    const pause = usual === null || reply.status === 410 ? null : (asked ?? usual);
    const state = reply.status === 410 ? "disabled" : pause === null ? "failed" : "retrying";
    this.#save(customer, notice, beganAt, state, pause, reply);
    if (reply.status === 410) return this.#gone();
    if (pause !== null) this.#block(customer, pause);
  }

  /** Once all that was told of a customer is saved, what waits for them is read anew. */
  #leave(customer: string): void {
    const busy = this.#inTheAir.has(customer) || this.#unsaved.has(customer);
    if (busy || (this.#lines.get(customer)?.length ?? 0) > 0) return;
    if (this.#lines.delete(customer)) this.#more = true;
  }

  /** Nothing more is told of this customer for a while. */
  #block(customer: string, ms: number): void {
    this.#lines.set(customer, []);
    if (ms > 0) this.#waitFor(customer, ms);
  }

  #waitFor(customer: string, ms: number): void {
    this.#blocked.set(customer, this.#ports.monotonic() + Math.min(ms, believedMs));
  }

  #save(
    customer: string,
    notice: DueNotice,
    beganAt: number,
    state: CallMade["state"],
    nextInMs: number | null,
    { durationMs, status, fault, headers, body }: Reply,
  ): void {
    this.#unsaved.set(customer, (this.#unsaved.get(customer) ?? 0) + 1);
    const call = { number: notice.tries + 1, beganAt, durationMs, status, fault, headers, body };
    const made = { merchantId: this.endpoint.merchantId, noticeId: notice.id, state, nextInMs, call };
    void this.#ports.save(made).then((kept) => {
      if (!kept) this.#block(customer, believedMs); // else it would be told again at once, and again
      const left = this.#unsaved.get(customer)! - 1;
      if (left > 0) this.#unsaved.set(customer, left);
      else this.#unsaved.delete(customer);
      this.#leave(customer);
      this.#pump();
    });
  }

  async #gone(): Promise<void> {
    this.close();
    await this.#ports.gone(this.endpoint);
  }

  #wakeAt(at: number): void {
    if (this.#closed) return;
    this.#forget();
    this.#forget = this.#ports.after(Math.max(1, at - this.#ports.monotonic()), () => this.wake());
  }
}

const unspeakable: Reply = {
  status: null,
  fault: "this API has no words for it",
  durationMs: 0,
  headers: {},
  body: "",
  retryAfterMs: null,
};
