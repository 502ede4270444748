import { spawn } from "node:child_process";
import type { KeyKeeper } from "./keeper.ts";

export interface KmsCommand {
  /** The program's path; it is started without a shell. */
  readonly program: string;
  /** The name of the key that wraps: the program is told it, and it is kept beside what was wrapped. */
  readonly keyId: string;
  /** So long it may take. */
  readonly withinMs: number;
}

/** More than this no wrapped key has. */
const mostBytes = 65_536;

/**
 * A keeper that asks a program of the operator's: `<program> wrap|unwrap <key id> <context>`, with base64 on its standard input
 * and base64 expected on its standard output. What it says on its standard error goes to ours.
 */
export const commandKeeper = ({ program, keyId, withinMs }: KmsCommand): KeyKeeper => ({
  currentId: keyId,
  async wrap(plain, context) {
    const wrapped = await ask(program, ["wrap", keyId, context], plain, withinMs);
    return { masterKeyId: keyId, wrapped: wrapped.toString("base64") };
  },
  unwrap: ({ masterKeyId, wrapped }, context) =>
    ask(program, ["unwrap", masterKeyId, context], Buffer.from(wrapped, "base64"), withinMs),
});

/** Rejects in words that name the program and what it was asked for, never what it was given. */
function ask(program: string, words: readonly string[], input: Buffer, withinMs: number): Promise<Buffer> {
  const failed = (why: string, cause?: unknown) =>
    new Error(`the key management command ${program} ${words[0]} ${words[1]} ${why}`, { cause });
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
    let said = "";
    const end = (error: Error | undefined, answer = Buffer.alloc(0)) => {
      clearTimeout(late);
      if (error === undefined) return resolve(answer);
      child.kill("SIGKILL");
      child.stdout.destroy(); // what the program has started may hold it open
      return reject(error);
    };
    const late = setTimeout(() => end(failed(`did not answer within ${withinMs / 1_000} seconds`)), withinMs);
    child.stdout.setEncoding("latin1").on("data", (text: string) => {
      said += text;
      if (said.length > mostBytes) end(failed("said too much"));
    });
    child.stdin.on("error", () => {}); // one that does not read its input says so by its exit code
    child.on("error", (error) => end(failed("could not be started", error)));
    child.on("close", (code) => {
      const answer = said.replace(/\s/g, "");
      if (code !== 0) return end(failed(`ended with ${code ?? "a signal"}`));
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(answer)) return end(failed("did not answer in base64"));
      return end(undefined, Buffer.from(answer, "base64"));
    });
    child.stdin.end(`${input.toString("base64")}\n`);
  });
}
