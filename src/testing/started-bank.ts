import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../bin/disburse.mjs", import.meta.url));

/** A transfer as the bank's list has it. */
export interface Booking {
  readonly reference: string;
  readonly status: "paid" | "accepted" | "declined" | "returned";
  readonly bank_id: string;
  readonly amount_minor: number;
  readonly currency: string;
}

/** A sandbox bank in a process of its own, with books of its own. */
export class StartedBank {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async open(folder: string, secret: string, ...mood: string[]): Promise<StartedBank> {
    const words = ["sandbox-bank", "--port", "0", "--dir", folder, "--secret", secret, "--json", ...mood];
    const child = spawn(process.execPath, [command, ...words], { stdio: ["ignore", "pipe", "inherit"] });
    const url = await new Promise<string>((resolve, reject) => {
      let said = "";
      child.stdout.on("data", (text) => {
        said += String(text);
        if (said.includes("\n")) resolve((JSON.parse(said) as { url: string }).url);
      });
      child.once("exit", (code) => reject(new Error(`the bank ended with ${code}`)));
    });
    return new StartedBank(url, child);
  }

  /** Its transfers as they are now, one for each time that it booked one, whatever their references. */
  async transfers(): Promise<Booking[]> {
    const latest = new Map<string, Booking>();
    for (let after = 0; ;) {
      const answer = await fetch(`${this.url}/transfers?after=${after}&limit=1000`);
      const { changes, next_cursor: next } = (await answer.json()) as { changes: Booking[]; next_cursor: number };
      for (const change of changes) latest.set(change.bank_id, change);
      if (next === after) return [...latest.values()];
      after = next;
    }
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await ended;
  }
}
