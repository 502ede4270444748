import type { RailPolicy } from "../core/rail.ts";
import type { RailRules } from "../rails/rail.ts";
import type { Chance } from "./chance.ts";
import type { Faults } from "./faults.ts";
import type { Timeline } from "./timeline.ts";

/** What a simulated bank promises, and keeps whatever else goes wrong. */
export interface BankManner {
  readonly rules: RailPolicy & Pick<RailRules, "concurrency">;
  /** How long a reference is remembered for judging duplicates; 0: every order is a new transfer. */
  readonly remembersMs: number;
  /** How long after it was booked a transfer can be found at the latest. */
  readonly visibleWithinMs: number;
}

export interface Transfer {
  readonly reference: string;
  readonly send: number;
  readonly amountMinor: number;
  readonly currency: string;
  readonly destination: string;
  readonly bankId: string;
  readonly bookedAt: number;
  readonly visibleAt: number;
  /** The bank has said something else about it than is true. */
  lied: boolean;
  status: "paid" | "accepted" | "declined" | "returned";
  decline: { error: string; error_state: string } | undefined;
}

export interface BankPorts {
  readonly timeline: Timeline;
  readonly faults: Faults;
  readonly chance: Chance;
  tell(line: string): void;
  /** Money leaves: the one thing that cannot be taken back. */
  onPaid(transfer: Transfer): void;
  /** A callback with this body, signed or not. */
  callBack(body: { reference: string; status: string }, signed: boolean): void;
}

type Reply = { readonly status: number; readonly text: string } | "silence";

/** A bank with books of its own, in the words of the sandbox bank. */
export class Bank {
  readonly manner: BankManner;
  readonly transfers: Transfer[] = [];
  readonly #ports: BankPorts;
  readonly #fences = new Map<string, number>();
  readonly #changes: string[] = [];
  downUntil = 0;

  constructor(manner: BankManner, ports: BankPorts) {
    this.manner = manner;
    this.#ports = ports;
  }

  /** A request arrives. */
  receive(method: "GET" | "POST", path: string, body: string | undefined): Reply {
    if (this.#ports.timeline.now < this.downUntil) return "silence";
    const { faults } = this.#ports;
    const { errors, garbage } = faults.profile.bank;
    if (method === "GET" && faults.happens("bank error to a question", errors))
      return json(500, { error: "out of order" });
    if (method === "GET" && faults.happens("garbled answer to a question", garbage))
      return { status: 200, text: '{"status":"pa' };
    if (method === "POST") return this.#order(JSON.parse(body ?? "{}") as Record<string, unknown>);
    const url = new URL(path, "http://bank");
    const reference = /^\/transfers\/(.+)$/.exec(url.pathname)?.[1];
    if (reference === undefined) return this.#list(Number(url.searchParams.get("after") ?? "0"));
    return this.#find(reference, Number(url.searchParams.get("fence") ?? "0"));
  }

  of(reference: string): Transfer[] {
    return this.transfers.filter((transfer) => transfer.reference === reference);
  }

  #order(order: Record<string, unknown>): Reply {
    const { timeline, chance, faults } = this.#ports;
    const profile = faults.profile.bank;
    const reference = String(order["reference"]);
    const send = Number(order["send"]);
    if (send <= (this.#fences.get(reference) ?? 0)) return json(410, { error: "fenced", reference });
    const destination = JSON.stringify(order["card"] ?? order["account"]);
    const known = this.of(reference).find(({ bookedAt }) => timeline.now - bookedAt < this.manner.remembersMs);
    if (known !== undefined) {
      const same =
        known.amountMinor === order["amount_minor"] &&
        known.currency === order["currency"] &&
        known.destination === destination;
      return same ? this.#answer(known) : json(409, { error: "reference_reused", reference });
    }
    const transfer: Transfer = {
      reference,
      send,
      amountMinor: Number(order["amount_minor"]),
      currency: String(order["currency"]),
      destination,
      bankId: `B${this.transfers.length + 1}`,
      bookedAt: timeline.now,
      visibleAt: timeline.now + chance.between(0, this.manner.visibleWithinMs),
      lied: false,
      status: "accepted",
      decline: undefined,
    };
    this.transfers.push(transfer);
    if (faults.happens("slow settlement", profile.accepts)) {
      timeline.after(chance.skewed(200, 60_000), () => this.#settle(transfer, true));
    } else this.#settle(transfer, false);
    return this.#answer(transfer);
  }

  #settle(transfer: Transfer, told: boolean): void {
    const { faults, chance, timeline, tell } = this.#ports;
    const profile = faults.profile.bank;
    if (faults.happens("decline", profile.declines)) {
      transfer.status = "declined";
      transfer.decline = chance.pick(declines);
    } else {
      transfer.status = "paid";
      this.#ports.onPaid(transfer);
      // Over a rail that cannot be asked, a return is learnt of by its statements, which are not simulated.
      const mayReturn = this.manner.rules.class !== "neither";
      if (mayReturn && faults.happens("return after paid", profile.returns)) {
        timeline.after(chance.skewed(1_000, 300_000), () => {
          transfer.status = "returned";
          this.#changes.push(transfer.reference);
          tell(`bank returns ${transfer.reference}`);
          this.#mayCallBack(transfer);
        });
      }
    }
    tell(`bank books ${transfer.reference} send ${transfer.send}: ${transfer.status}`);
    if (told) this.#mayCallBack(transfer);
    if (faults.happens("forged callback", profile.forged))
      this.#ports.callBack({ reference: transfer.reference, status: "declined" }, false);
  }

  #mayCallBack({ reference, status }: Transfer): void {
    const { faults, chance, timeline, callBack } = this.#ports;
    if (!chance.happens(faults.profile.bank.callbacks)) return;
    const times = faults.happens("duplicate callback", 0.2) ? 2 : 1;
    for (let time = 0; time < times; time += 1)
      timeline.after(chance.skewed(5, 30_000), () => callBack({ reference, status }, true));
  }

  #answer(transfer: Transfer): Reply {
    const { faults, chance, timeline, callBack } = this.#ports;
    const profile = faults.profile.bank;
    if (faults.happens("bank error after booking", profile.errors)) return json(500, { error: "out of order" });
    if (faults.happens("garbled answer", profile.garbage)) return { status: 200, text: '{"reference":"' };
    if (faults.happens("answer for another transfer", profile.mixedUp)) {
      const other = this.transfers.find(({ reference }) => reference !== transfer.reference) ?? transfer;
      return json(200, { ...toWire(other), amount_minor: other.amountMinor + (other === transfer ? 1 : 0) });
    }
    if (transfer.status === "paid" && faults.happens("odd words", profile.oddWords))
      return json(200, { ...toWire(transfer), status: chance.pick(["PAID?", "declined", "settled"]) });
    const canBeAsked = this.manner.rules.class !== "neither"; // else nothing would ever show that it lied
    if (canBeAsked && transfer.status === "paid" && faults.happens("contradiction", profile.lies)) {
      transfer.lied = true;
      for (const ms of [1_000, 60_000, 300_000, 1_200_000])
        timeline.after(ms, () => callBack({ reference: transfer.reference, status: "paid" }, true));
      return json(200, { ...toWire(transfer), status: "declined", ...declines[0] });
    }
    return json(200, toWire(transfer));
  }

  #find(reference: string, fence: number): Reply {
    const { timeline } = this.#ports;
    const seen = this.of(reference).filter(({ visibleAt }) => visibleAt <= timeline.now || this.manner.rules.fences);
    const best = seen.find(({ status }) => status !== "declined") ?? seen[0];
    if (best !== undefined) return json(200, toWire(best));
    if (this.manner.rules.fences) this.#fences.set(reference, Math.max(fence, this.#fences.get(reference) ?? 0));
    return json(404, { reference, status: "never_received" });
  }

  #list(after: number): Reply {
    const changes = this.#changes.slice(after).map((reference) => ({ reference }));
    return json(200, { changes, next_cursor: this.#changes.length });
  }
}

const declines = [
  { error: "declined_by_acquirer", error_state: "hard_declined" },
  { error: "insufficient_funds", error_state: "soft_declined" },
  { error: "acquirer_error", error_state: "processing_error" },
] as const;

const json = (status: number, body: object) => ({ status, text: JSON.stringify(body) });

const toWire = (t: Transfer) => ({
  reference: t.reference,
  status: t.status,
  amount_minor: t.amountMinor,
  currency: t.currency,
  bank_id: t.bankId,
  ...t.decline,
});
