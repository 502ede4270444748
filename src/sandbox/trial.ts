import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { calm, type Mood } from "./mood.ts";
import { startSandboxBank, type SandboxBank } from "./server.ts";

// What the tests of this room share.

/** A card number that must never be found in the books. */
export const cardNumber = "4111111111111111";

const folders: string[] = [];
process.on("exit", () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A folder that is gone when the tests are over. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-bank-"));
  folders.push(folder);
  return folder;
}

/** A transfer of 12.50 EUR to a card, but for what `changes` says. */
export const aTransfer = (reference: string, changes: object = {}): object => ({
  reference,
  send: 1,
  amount_minor: 1250,
  currency: "EUR",
  card: { number: cardNumber, exp_month: 12, exp_year: 2030 },
  ...changes,
});

export const toAccount = { card: undefined, account: { holder: "Ida Holm", iban: "DK50 0040 0440 1162 43" } };

export type Answer = { status: number; body: Record<string, unknown> };

export async function post(url: string, body: unknown): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return read(await fetch(url, { method: "POST", body: text }));
}

export const get = async (url: string): Promise<Answer> => read(await fetch(url));

const read = async (answer: Response): Promise<Answer> => ({
  status: answer.status,
  body: (await answer.json()) as Answer["body"],
});

/** A bank that is closed when the test is over. */
export async function openBank(
  t: TestContext,
  options: { dir?: string; callbackUrl?: string; mood?: Partial<Mood> } = {},
): Promise<SandboxBank> {
  const bank = await startSandboxBank({
    dir: aFolder(),
    port: 0,
    callbackSecret: "a secret",
    ...options,
    mood: { ...calm, ...options.mood },
  });
  t.after(() => bank.close());
  return bank;
}
