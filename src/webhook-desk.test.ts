import assert from "node:assert/strict";
import { test } from "node:test";
import type { Merchant } from "./core/parties.ts";
import type { Rules } from "./receivers/vet.ts";
import type { Receivers } from "./receivers/receiver.ts";
import { openWebhooks, type WebhookDeskPorts } from "./webhook-desk.ts";
import { demoHandle } from "./webhooks.ts";

test("only the demo's receivers may be on this machine, and not those of a live merchant that is called so", async () => {
  const asked: boolean[] = [];
  const receivers: Pick<Receivers, "call" | "rules"> = {
    rules: (loopback) => ({ loopback }) as Rules,
    call: ({ loopback }) => {
      asked.push(loopback);
      return Promise.reject(new Error("not in this test"));
    },
  };
  const desk = openWebhooks({
    config: { frisbiiEventNames: {} },
    idKey: Buffer.alloc(32),
    receivers,
  } as unknown as WebhookDeskPorts);
  const url = "http://localhost:8787/";
  const of = async (handle: string, test: boolean) => {
    const merchant = { handle, test } as Merchant;
    await desk.ask(merchant, { url, headers: {} }).catch(() => {});
    return [desk.urlProblem(merchant, url) === undefined, asked.pop()];
  };
  assert.deepEqual(await of(demoHandle, true), [true, true]);
  assert.deepEqual(await of(demoHandle, false), [false, false]);
  assert.deepEqual(await of("another", true), [false, false]);
});
