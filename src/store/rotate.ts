import type pg from "pg";
import type { KeyKeeper } from "../vault/keeper.ts";
import type { Random } from "../vault/keys.ts";
import type { Vault } from "../vault/vault.ts";
import { readAll, run, writeAs } from "./db.ts";
import { renewAll, rewrapAll } from "./renew-keys.ts";
import { resealAll, type Shut } from "./reseal.ts";

export interface RotationPorts {
  readonly pool: pg.Pool;
  readonly vault: Vault;
  readonly keeper: KeyKeeper;
  readonly random: Random;
  /**
   * So long after a data key was retired a server may still write texts under it. It believes for 5 seconds that a key is current, a
   * command waits up to 10 for its commit, and a batch may take its time: 25 seconds are safe.
   */
  readonly settleMs: number;
  sleep(ms: number): Promise<void>;
  /** Tells how far it is, often. */
  progress(line: string): void;
  note(line: string): void;
}

export interface Rotated {
  /** Data keys wrapped anew, data keys made, and texts sealed anew, by this run. */
  readonly rewrapped: number;
  readonly renewed: number;
  readonly resealed: number;
  /** Texts that stay under an old key, because they cannot be opened. */
  readonly shut: readonly Shut[];
}

/**
 * Brings everything under the newest keys: wraps data keys under the newest master key, with `dataKeys` gives every merchant a new
 * data key, and seals anew what is under another key than its merchant's current one.
 *
 * Every step is a short transaction that leaves a database in which all can be read, so a run that was killed is just run again:
 * a renewal of data keys that did not end goes on, and no merchant gets a second new key. Two runs at once share the work.
 */
export async function rotate(ports: RotationPorts, { dataKeys }: { readonly dataKeys: boolean }): Promise<Rotated> {
  const { pool, vault, keeper, progress } = ports;
  const rewrapped = await rewrapAll(pool, keeper, (keys) => progress(`${keys} data keys wrapped anew`));
  const rotation = dataKeys ? await beginRotation(pool) : undefined;
  const renewed =
    rotation === undefined ? 0 : await renewAll(pool, ports, rotation, (keys) => progress(`${keys} new data keys`));
  vault.keys.forgetCurrent();
  let [resealed, shut]: [number, readonly Shut[]] = [0, []];
  for (;;) {
    const before = resealed;
    const swept = await resealAll(pool, vault, (texts) => progress(`${before + texts} texts sealed anew`));
    [resealed, shut] = [resealed + swept.texts, swept.shut];
    const unsettledMs = await unsettled(pool, ports.settleMs);
    if (swept.texts === 0 && unsettledMs <= 0) break;
    if (unsettledMs > 0 && swept.texts === 0) {
      ports.note(`waiting ${Math.ceil(unsettledMs / 1_000)} s for servers that may still use the keys from before`);
      await ports.sleep(unsettledMs);
    }
  }
  if (rotation !== undefined) await endRotation(pool, rotation);
  return { rewrapped, renewed, resealed, shut };
}

/** The renewal that is under way, or a new one. */
function beginRotation(pool: pg.Pool): Promise<string> {
  return writeAs(pool, [], async (client) => {
    await run(client, "insert into vault_rotations default values on conflict do nothing");
    const { rows } = await run<{ id: string }>(client, "select id from vault_rotations where finished_at is null");
    return rows[0]!.id;
  });
}

function endRotation(pool: pg.Pool, rotation: string): Promise<void> {
  const text = "update vault_rotations set finished_at = clock_timestamp() where id = $1 and finished_at is null";
  return writeAs(pool, [], async (client) => void (await run(client, text, [rotation])));
}

/** Whether a renewal of data keys has begun and not ended. */
export function isRenewing(pool: pg.Pool): Promise<boolean> {
  return readAll(pool, async (client) => {
    return (await run(client, "select from vault_rotations where finished_at is null")).rowCount === 1;
  });
}

/** How long it takes until nobody uses a retired key any more. */
function unsettled(pool: pg.Pool, settleMs: number): Promise<number> {
  return readAll(pool, async (client) => {
    const text = `select coalesce($1 - extract(epoch from clock_timestamp() - max(retired_at)) * 1000, 0)::float8 as ms from data_keys`;
    return Math.min((await run<{ ms: number }>(client, text, [settleMs])).rows[0]!.ms, settleMs);
  });
}
