import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { startSandboxBank } from "../sandbox/server.ts";
import type { Rail } from "./rail.ts";
import { openSandboxRail } from "./sandbox.ts";
import { Together } from "./together.ts";
import { anInstruction } from "./trial.ts";

const stays = () => {
  throw new Error("the deadline has passed");
};

/** A bank that is told what came in each request, and answers as `reply` says. */
async function bank(t: TestContext, reply: (lines: string[], response: ServerResponse) => void, timeoutMs = 2_000) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      requests.push(body);
      reply(body.split("\n"), response);
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await pool.destroy();
  });
  const together = new Together(pool, "/transfers", { timeoutMs, mostBytes: 64 * 1024 });
  /** What becomes of each: what the bank said, or that it said nothing. */
  const send = (transfers: readonly string[], leaves: (n: number) => void = () => {}) => {
    const sends = transfers.map((transfer, n) => together.send(transfer, () => leaves(n)));
    return Promise.all(
      sends.map((answer) =>
        answer.then(
          ({ status, text }) => `${status} ${text}`,
          () => "none",
        ),
      ),
    );
  };
  return { send, requests, together };
}

/** Says of each line what it was, in any order. */
const echo = (lines: string[], response: ServerResponse) => {
  const said = lines.flatMap((line, n) => (line.trim() === "" ? [] : [`${n} 200 ${line}!\n`]));
  response.end(said.toReversed().join(""));
};

test("what is sent in the same turn leaves in one request, and each hears its own answer; what is sent alone is a plain request", async (t) => {
  const { send, requests } = await bank(t, (lines, response) =>
    lines.length > 1 ? echo(lines, response) : response.end("alone"),
  );
  assert.deepEqual(await send(['"a"', '"ü"', '"c"']), ['200 "a"!', '200 "ü"!', '200 "c"!']);
  assert.deepEqual(await send(['"d"']), ["200 alone"]);
  assert.deepEqual(requests, ['"a"\n"ü"\n"c"\n', '"d"']);
});

test("what may not leave any more is not in the request, and the others are", async (t) => {
  const { send, requests } = await bank(t, echo);
  const some = await send(['"ä"', '"secret"', '"c"'], (n) => n === 1 && stays());
  assert.deepEqual(some, ['200 "ä"!', "none", '200 "c"!']);
  assert.deepEqual(requests, ['"ä"\n        \n"c"\n']);
  assert.deepEqual(await send(['"a"', '"b"'], stays), ["none", "none"]);
  await send(['"d"', '"e"']);
  assert.deepEqual(requests.slice(1), ['"d"\n"e"\n'], "where none may leave, not a byte is written");
});

test("one that the bank is slow with keeps nobody else waiting, and is given up by itself", async (t) => {
  const slow = (_: string[], response: ServerResponse) => void response.write("0 200 first\n2 200 third\n");
  const { together } = await bank(t, slow, 300);
  const startedAt = performance.now();
  const [first, second, third] = ["a", "b", "c"].map((transfer) => together.send(transfer, () => {}));
  assert.deepEqual(
    (await Promise.all([first, third])).map((answer) => answer?.text),
    ["first", "third"],
  );
  assert.ok(performance.now() - startedAt < 250);
  await assert.rejects(second!, /too long/);
});

test("answers that arrive in pieces, twice, to nobody, or not in our words", async (t) => {
  const pieces = ["0 2", "00 on", 'e\n7 200 nobody\nx 200 x\n1 200 {"a":1}', "\n1 200 again\n", "2 200 never ended"];
  const { send } = await bank(t, (_, response) => {
    void (async () => {
      for (const piece of pieces) {
        response.write(piece);
        await sleep(5);
      }
      response.end();
    })();
  });
  assert.deepEqual(await send(["a", "b", "c"]), ["200 one", '200 {"a":1}', "none"]);
});

test("a bank that hangs up in its answer has answered those whose lines were whole; one that refuses all has answered none", async (t) => {
  const cut = await bank(t, (_, response) => response.write("1 200 second\n", () => response.destroy()));
  assert.deepEqual(await cut.send(["a", "b", "c"]), ["none", "200 second", "none"]);
  const refusing = await bank(t, (_, response) => response.writeHead(500).end("0 200 not to be believed\n"));
  assert.deepEqual(await refusing.send(["a", "b"]), ["none", "none"]);
});

test("a request has an end: more transfers, or longer ones, go in several", async (t) => {
  const { send, requests } = await bank(t, (lines, response) =>
    lines.length > 1 ? echo(lines, response) : response.end("alone"),
  );
  await send(Array.from({ length: 230 }, (_, n) => String(n)));
  assert.deepEqual(requests.map((body) => body.split("\n").length - 1).toSorted(), [100, 100, 30]);
  requests.length = 0;
  await send(["a".repeat(200_000), "b".repeat(100_000), "c"]);
  assert.deepEqual(requests.map(({ length }) => length).toSorted(), [100_003, 200_000]);
});

test("each of many sends to the sandbox bank ends as it would have alone", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "disburse-together-"));
  const sandbox = await startSandboxBank({ dir: folder, port: 0, callbackSecret: "not used here" });
  const rail = openSandboxRail(sandbox.url);
  t.after(async () => {
    await rail.close();
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });
  const orders = [
    "",
    "declined",
    "silent-paid",
    "error-paid",
    "garbage",
    "wrong-reference",
    "wrong-amount",
    "slow=100",
  ];
  const outcomes = (prefix: string, send: Rail["send"]) =>
    Promise.all(
      orders.map(
        async (order, n) =>
          (await send(anInstruction(`${prefix}${n}`, { text: order === "" ? null : `sandbox:${order}` }), () => {}))
            .verdict,
      ),
    );
  const together = await outcomes("T", (...sent) => rail.send(...sent));
  let before: Promise<unknown> = Promise.resolve();
  const alone = await outcomes("A", async (...sent) => {
    const earlier = before;
    let over = (): void => {};
    before = new Promise<void>((resolve) => (over = resolve));
    await earlier;
    return rail.send(...sent).finally(over);
  });
  assert.deepEqual(together, alone);
  assert.deepEqual(together.toSpliced(2, 5), ["paid", "declined", "paid"]);
  assert.deepEqual(new Set(together.slice(2, 7)), new Set(["unanswered"]));
});
