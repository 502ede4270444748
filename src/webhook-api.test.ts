import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { sleep } from "./clock.ts";
import { emptyDatabase, type TestDatabase } from "./testing/database.ts";
import { Started } from "./testing/started.ts";

/** A server as an operator starts it, a receiver on this machine, and a client who manages its webhooks. */
let database: TestDatabase;
let server: Started;
let answerWith = 200;
const heard: string[] = [];
const receiver = createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => (body += String(piece)));
  request.on("end", () => {
    heard.push(body);
    response.writeHead(answerWith).end("thanks");
  });
});
before(async () => {
  await new Promise<void>((listening) => receiver.listen(0, "127.0.0.1", listening));
  database = await emptyDatabase();
  server = await Started.on(database.url, {
    DISBURSE_UNSAFE_DURABILITY: "yes",
    DISBURSE_FRISBII_EVENT_NAMES: "payout_paid=payout_settled",
    DISBURSE_WEBHOOK_RETRIES: "1d",
  });
});
after(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await server.remove();
  await database.drop();
});

/** The only webhook, once it is in this state. */
async function webhookIn(state: string): Promise<any> {
  for (const end = performance.now() + 20_000; performance.now() < end; await sleep(20)) {
    const { body } = await server.call("GET", "/v1/webhook?created_before=2100-01-01");
    if (body[0]?.state === state) return body[0];
  }
  return assert.fail(`no webhook came to be ${state}`);
}

test("a webhook is set up, told under the operator's name for it, sent again, and reported with its payout", async () => {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const put = await server.call("PUT", "/v1/account/webhook_settings", { urls: [url], disabled: false });
  assert.equal(put.status, 200, put.text);
  answerWith = 500;
  const payout = { handle: "p-1", amount: 12_500, destination: server.demo.frisbii.card };
  assert.equal((await server.call("POST", "/v1/payout", payout)).body.state, "paid");
  const failed = await webhookIn("retrying");
  assert.equal(JSON.parse(failed.content).event_type, "payout_settled");
  answerWith = 200;
  const again = await server.call("POST", "/v1/webhook/resend", { webhooks: [failed.id] });
  assert.equal(again.body[0].state, "pending", again.text);
  const told = await webhookIn("completed");
  assert.deepEqual([told.id, told.count], [failed.id, 2]);
  assert.deepEqual(heard, [failed.content, failed.content]);
  const requests = await server.call("GET", `/v1/webhook/${told.event}/request`);
  assert.deepEqual(
    requests.body.map((one: any) => [one.http_status, one.content]),
    [
      [500, "thanks"],
      [200, "thanks"],
    ],
  );

  const { url: at, admin_token: token, merchant } = server.demo;
  const date = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Copenhagen" }).format(Date.now());
  for (let lines: string[] = []; lines.length < 3; await sleep(20)) {
    const path = `${at}/admin/merchants/${merchant.id}/report?date=${date}&format=csv`;
    const answer = await fetch(path, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "text/csv; charset=utf-8; header=present");
    lines = (await answer.text()).split("\r\n");
    if (lines.length === 3) assert.match(lines[1]!, /^p-1,.*,125\.00,12500,EUR,paid,/);
  }
});
