import { createHmac, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { request } from "undici";
import type { Config } from "./config.ts";
import { startSandboxBank } from "./sandbox/server.ts";

/** The sandbox bank that this server talks to: its own, inside the same process, or one that runs elsewhere. */
export interface BankAtHand {
  readonly url: string;
  readonly callbackSecret: string;
  /** Tells the bank where to call back. */
  callBackAt(url: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens the bank. Its books lie in the data folder, apart from the database: they are the bank's, not ours. */
export async function openSandboxBank(
  config: Config,
  key: KeyObject,
  log: (line: string) => void,
): Promise<BankAtHand> {
  const { sandboxBankUrl: elsewhere, sandboxSecret } = config;
  const callbackSecret = sandboxSecret ?? createHmac("sha256", key).update("sandbox callbacks").digest("hex");
  if (elsewhere !== undefined) {
    return { url: elsewhere, callbackSecret, callBackAt: (url) => tell(elsewhere, url, log), close: async () => {} };
  }
  const bank = await startSandboxBank({ dir: join(config.dataDir, "sandbox-bank"), port: 0, callbackSecret, log });
  return {
    url: bank.url,
    callbackSecret,
    callBackAt: async (url) => bank.setCallbackUrl(url),
    close: () => bank.close(),
  };
}

/** A server's start does not wait longer for a bank that says nothing. */
const bankWithinMs = 3_000;

/** A bank that is down now, or stands still, learns it at the next start; until then its news is found by asking. */
async function tell(bank: string, url: string, log: (line: string) => void): Promise<void> {
  try {
    const { statusCode, body } = await request(`${bank}/callback-url`, {
      method: "POST",
      body: JSON.stringify({ url }),
      signal: AbortSignal.timeout(bankWithinMs),
    });
    await body.dump();
    if (statusCode !== 200) log(`the sandbox bank at ${bank} will not call back (it answered ${statusCode})`);
  } catch {
    log(`the sandbox bank at ${bank} cannot be reached yet`);
  }
}
