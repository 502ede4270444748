import { fork } from "node:child_process";
import { once } from "node:events";
import { atEnd } from "./cleanup.mjs";
import { adminToken } from "./site.mjs";

/** Starts the receiver. `heard()` tells what came since it was last asked. */
export async function openReceiver() {
  const child = fork(new URL("receiver.mjs", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = once(child, "exit");
  atEnd(() => {
    child.kill("SIGKILL");
    return ended;
  });
  const [{ port }] = await once(child, "message");
  return {
    pid: child.pid,
    url: (n) => `http://127.0.0.1:${port}/endpoint-${n}`,
    async heard() {
      child.send("heard");
      return (await once(child, "message"))[0];
    },
  };
}

/** An endpoint of a merchant by the operator's API; only the merchant `demo` may be told on this machine. */
export async function addEndpoint(site, merchant, url) {
  const answer = await fetch(`${site.servers[0].url}/admin/merchants/${merchant.id}/endpoints`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
    body: JSON.stringify({ format: "standard", url }),
  });
  const told = await answer.text();
  if (answer.status !== 201) throw new Error(`no endpoint was made: ${answer.status} ${told}`);
  return JSON.parse(told).id;
}

/** Lets endpoints be told of the event `paid` of stored payouts: `count` notices, theirs in turn, of a thousand customers. */
export const addNotices = (site, merchant, endpoints, count) =>
  site.ask(
    `insert into notices (merchant_id, endpoint_id, subject_id, version, customer, created_at, next_at)
     select $1::bigint, ($2::bigint[])[1 + p.n % cardinality($2::bigint[])], p.id, 3, 'customer-' || p.n % 1000, now(), now()
       from (select id, row_number() over (order by id) as n from payouts where merchant_id = $1 and state = 'paid' limit $3) p`,
    [merchant.id, endpoints, count],
  );
