import { sendWithinMs } from "../flow/intent.ts";
import { Dispatcher, type DispatchPorts } from "../engine/dispatch.ts";
import { Exchange } from "../engine/exchange.ts";
import type { Instruction, Rail, RailAnswer, RailRules } from "../rails/rail.ts";
import { tools, type World } from "./world.ts";
import { openPool } from "../store/db.ts";
import { readDue, readVaultItems, readVaultOf } from "../store/due.ts";

const evidence = { code: null, message: null, bankId: null, raw: "{}", fault: null } as const;
export const says = (verdict: RailAnswer["verdict"]): RailAnswer => ({ ...evidence, verdict });

/** A bank that answers as one tells it to, and remembers what it was sent and asked. */
export class FakeBank {
  readonly rules: RailRules;
  readonly sent: Instruction[] = [];
  readonly asked: string[] = [];
  onSend: (instruction: Instruction) => RailAnswer | Promise<RailAnswer> = () => says("paid");
  onFind: (reference: string) => RailAnswer | Promise<RailAnswer> = () => says("never_received");

  constructor(over: Partial<RailRules> & { name: string }) {
    this.rules = {
      class: "deduplicates",
      fences: true,
      horizonMs: 0,
      timeoutMs: 1_000,
      concurrency: 16,
      statementTextLength: 22,
      merchantReferenceLength: 22,
      ...over,
    };
  }

  rail(): Rail {
    const find = async (reference: string) => {
      this.asked.push(reference);
      return this.onFind(reference);
    };
    return {
      rules: this.rules,
      send: async (instruction, left) => {
        left();
        this.sent.push(instruction);
        return this.onSend(instruction);
      },
      ...(this.rules.class === "neither" ? {} : { find }),
      close: async () => {},
    };
  }
}

/** A dispatcher without a pulse on a test's world: it looks around when it is told to, by a clock that one moves. */
export async function openDispatcher(
  world: World,
  banks: readonly FakeBank[],
  over: Partial<DispatchPorts> = {},
): Promise<{
  dispatcher: Dispatcher;
  exchange: Exchange;
  clock: { ms: number };
  /** Looks around, and waits until what it began with is done. */
  round(): Promise<void>;
  close(): Promise<void>;
}> {
  const pool = openPool(world.url, 4);
  const clock = { ms: 0 };
  const ports: DispatchPorts = {
    commit: world.committer.commit,
    tools,
    rails: new Map(banks.map((bank) => [bank.rules.name, bank.rail()])),
    openVault: async () => ({ kind: "card", number: "4111111111111111", expMonth: 12, expYear: 2039 }),
    async readVault(merchantId, vaultId) {
      return (await readVaultItems(pool, [{ merchantId, vaultId }])).get(vaultId)!;
    },
    readDue: (rail, work, most, without) => readDue(pool, rail, work, most, without),
    readVaultOf: (due) => readVaultOf(pool, due),
    monotonic: () => clock.ms,
    wall: () => clock.ms,
    chance: () => 1,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    within: (ms, work) => Promise.race([work, new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined))]),
    log: () => {},
    ...over,
  };
  const exchange = new Exchange(ports);
  const dispatcher = new Dispatcher(ports, exchange);
  return {
    dispatcher,
    exchange,
    clock,
    async round() {
      await dispatcher.sendDue();
      await dispatcher.askDue();
      await dispatcher.quiet(sendWithinMs);
    },
    close: () => pool.end(),
  };
}
