import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { openToy, requestId } from "./trial.ts";

/** A toy that listens, and how long it takes for its answers. */
async function listening(t: TestContext) {
  const toy = openToy();
  await toy.app.listen({ port: 0, host: "127.0.0.1" });
  t.after(() => toy.app.close());
  const { port } = toy.app.server.address() as { port: number };
  const ask = async (method: string, key: string, path = "/v1/things", body = "{}") => {
    const sent = { method, headers: { authorization: key }, ...(method === "GET" ? {} : { body }) };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, sent);
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, any> };
  };
  return { toy, ask };
}

test("who was refused for having too much waiting is refused at the door, until there is room again", async (t) => {
  const { toy, ask } = await listening(t);
  assert.equal((await ask("POST", "a")).status, 200);
  toy.shut.add("7");
  const inside = await ask("POST", "a");
  assert.deepEqual([inside.status, inside.body["no"].kind, toy.slept], [503, "overloaded", [400]]);
  const before = toy.clock.wall;
  const door = ask("POST", "a", "//v1/things?x=1", "[".repeat(100_000));
  while (toy.slept.length < 3) await new Promise((resolve) => setImmediate(resolve));
  toy.clock.wall = before + 399;
  assert.equal(await Promise.race([door, new Promise((resolve) => setTimeout(resolve, 50, "held"))]), "held");
  toy.clock.wall = before + 400;
  const { status, body, headers } = await door;
  assert.deepEqual([status, body], [503, { no: { kind: "overloaded" } }]);
  const { method, path, target, now } = toy.refused.at(-1)!;
  assert.deepEqual([method, path, target, now], ["POST", "/v1/things", "//v1/things?x=1", before]);
  const told = ["request-id", "cache-control", "x-content-type-options", "content-type"].map((name) =>
    headers.get(name),
  );
  assert.deepEqual(told, [requestId, "no-store", "nosniff", "application/json; charset=utf-8"]);
  assert.ok(
    toy.slept.slice(1).every((ms) => ms === 20),
    "not by the way of all others",
  );
  assert.equal((await ask("GET", "a", "/v1/things/x")).status, 200, "reading is not new work");
  toy.shut.clear();
  assert.equal((await ask("POST", "a")).status, 200);
  assert.equal(toy.heard.length, 3);
});

test("a key that the door does not know, and a path that is not its API's, go on inside", async (t) => {
  const { toy, ask } = await listening(t);
  toy.shut.add("7");
  await ask("POST", "a");
  const slept = toy.slept.length;
  assert.equal((await ask("POST", "b")).status, 503);
  assert.deepEqual(toy.slept.slice(slept), [400], "refused inside");
  const elsewhere = await fetch(`http://127.0.0.1:${(toy.app.server.address() as { port: number }).port}/else`, {
    method: "POST",
    headers: { authorization: "a" },
  });
  assert.equal(elsewhere.status, 404);
});

test("a clock that is set back keeps nobody at the door", async (t) => {
  const { toy, ask } = await listening(t);
  toy.shut.add("7");
  await ask("POST", "a");
  const held = ask("POST", "a");
  while (toy.slept.length < 3) await new Promise((resolve) => setImmediate(resolve));
  toy.clock.wall -= 3_600_000;
  assert.equal((await held).status, 503);
});

test("where one refusal cannot be told, all others are", async (t) => {
  const { toy, ask } = await listening(t);
  toy.shut.add("7");
  await ask("POST", "a");
  const push = toy.refused.push.bind(toy.refused);
  toy.refused.push = (...asked) => {
    if (asked[0]?.path === "/v1/broken") throw new Error("no words");
    return push(...asked);
  };
  const [broken, fine] = [ask("POST", "a", "/v1/broken"), ask("POST", "a")];
  while (toy.slept.length < 5) await new Promise((resolve) => setImmediate(resolve));
  toy.clock.wall += 400;
  await assert.rejects(broken);
  assert.equal((await fine).status, 503);
});
