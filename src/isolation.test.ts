import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { adminOperations } from "./dialects/admin/routes.ts";
import { checkoutDialect } from "./dialects/checkout/checkout.ts";
import type { Route } from "./dialects/dialect.ts";
import type { FrisbiiPorts } from "./dialects/frisbii/operation.ts";
import { frisbiiDialect } from "./dialects/frisbii/routes.ts";
import { healthDialect, type HealthPorts } from "./dialects/health/health.ts";
import { openapiDialect } from "./dialects/openapi/openapi.ts";
import { sandboxDialect, type SandboxPorts } from "./dialects/sandbox/sandbox.ts";
import type { Services } from "./dialects/services.ts";
import { worldlineDialect, type WorldlinePorts } from "./dialects/worldline/routes.ts";
import { basic, Belongings, twinOf, type Kind } from "./testing/belongings.ts";
import { send, signedHeaders, type Raw } from "./testing/connect.ts";
import type { Asking, Example } from "./testing/examples.ts";
import { frisbiiExamples } from "./testing/examples-frisbii.ts";
import { operatorExamples } from "./testing/examples-operator.ts";
import { worldlineExamples } from "./testing/examples-worldline.ts";
import { Started } from "./testing/started.ts";

type Api = "frisbii" | "worldline" | "admin" | "open";
const nothing = {} as Services;
const frisbii = frisbiiDialect(nothing, { webhooks: {} } as FrisbiiPorts);
const tables: readonly (readonly [Api, readonly Pick<Route, "method" | "path" | "open">[]])[] = [
  ["frisbii", frisbii.routes],
  ["worldline", worldlineDialect(nothing, {} as WorldlinePorts).routes],
  ["frisbii", sandboxDialect({ frisbii } as unknown as SandboxPorts).routes],
  [
    "open",
    [...checkoutDialect(nothing).routes, ...healthDialect({} as HealthPorts).routes, ...openapiDialect("").routes],
  ],
  ["admin", adminOperations],
];
/** Every route there is, from the dialects themselves. */
const routes = tables.flatMap(([api, table]) =>
  table.map((route) => ({ ...route, api, name: `${route.method} ${route.path}` })),
);
const examples = { ...frisbiiExamples, ...worldlineExamples, ...operatorExamples };

let server: Started;
/** Who asks, and whose things they ask for. */
let mine: Belongings;
let theirs: Belongings;
before(async () => {
  server = await Started.open();
  mine = await Belongings.ofNew(server);
  theirs = await Belongings.ofNew(server);
});
after(() => server?.remove());

test("every route has an example, and every example a route", () => {
  assert.deepEqual(routes.map(({ name }) => name).sort(), Object.keys(examples).sort());
  const open = routes.filter((route) => route.open === true || route.api === "open").map(({ name }) => name);
  const said = Object.entries(examples).filter(([, example]) => example.open !== undefined);
  assert.deepEqual(open.sort(), said.map(([name]) => name).sort());
});

interface Answer {
  readonly status: number;
  readonly text: string;
  /** Status, headers and body without what is of this one request. */
  readonly masked: string;
}
type Credential = (method: string, target: string) => Record<string, string>;

const asMerchant = (api: Api): Credential =>
  api === "worldline"
    ? (method, target) => signedHeaders(mine.who.worldline, method, target)
    : api === "admin"
      ? asOperator
      : () => ({ authorization: basic(mine.who.frisbii), "content-type": "application/json" });
const asOperator: Credential = () => ({
  authorization: `Bearer ${server.demo.admin_token}`,
  "content-type": "application/json",
});
const asNobody: Credential = () => ({ "content-type": "application/json" });

async function ask(
  route: (typeof routes)[number],
  asking: Asking,
  as: Credential,
  names: readonly string[],
): Promise<Answer> {
  const path = route.path.replaceAll(/:(\w+)/g, (_, param: string) =>
    encodeURIComponent(asking.params?.[param] ?? "none"),
  );
  const query = new URLSearchParams(asking.query).toString();
  const target = query === "" ? path : `${path}?${query}`;
  const body = asking.body === undefined ? undefined : JSON.stringify(asking.body);
  const told = await send(server.demo.url, route.method, target, as(route.method, target), body);
  return { status: told.status, text: told.text, masked: masked(told, names) };
}

const ofOneRequest = ["date", "request-id", "content-length", "x-gcs-idempotence-request-timestamp"];
function masked({ status, headers, text }: Raw, names: readonly string[]): string {
  const kept = Object.entries(headers).filter(([name]) => !ofOneRequest.includes(name));
  const whole = JSON.stringify([status, Object.fromEntries(kept), text.replaceAll(volatile, '"$1":"…"')]);
  return names.reduce((rest, name) => rest.replaceAll(name, "{name}"), whole);
}
/** Members that tell when and which request it was; and when a list begins and ends. */
const volatile = /"(timestamp|request_id|errorId|requestId|from|to)":"[^"]*"/g;

/** What kinds a request names, in order. */
function kindsOf(example: Example): Kind[] {
  const kinds: Kind[] = [];
  example.ask((kind) => (kinds.push(kind), "x"));
  return kinds;
}

/** The example with the thing in each place that `choose` says. */
function filledIn(
  example: Example,
  choose: (kind: Kind, place: number) => string,
): { asking: Asking; names: string[] } {
  const names: string[] = [];
  const asking = example.ask((kind) => {
    const name = choose(kind, names.length);
    names.push(name);
    return name;
  });
  return { asking, names };
}

/** Places whose thing can be another's: all, but for the merchants that an operator names. */
const foreignPlaces = (api: Api, kinds: readonly Kind[]): number[] =>
  kinds.flatMap((kind, place) => (api === "admin" && kind === "merchant" ? [] : [place]));

for (const route of routes) {
  const example = examples[route.name];
  if (example === undefined) continue; // told above
  const kinds = kindsOf(example);
  const places = foreignPlaces(route.api, kinds);
  const things = async (of: Belongings) =>
    new Map(await Promise.all(kinds.map(async (kind) => [kind, await of.of(kind)] as const)));

  test(`${route.name}: what is another's is answered as what nobody has; one's own is answered`, async () => {
    const fresh = mine.anew();
    const [own, other] = [await things(fresh), await things(theirs)];
    const before = await shownToThem();
    const foreign = async (chosen: readonly number[]) => {
      const of = (another: (kind: Kind) => string) =>
        filledIn(example, (kind, place) => (chosen.includes(place) ? another(kind) : own.get(kind)!));
      const real = of((kind) => other.get(kind)!);
      const unknown = of((kind) => twinOf(kind, other.get(kind)!));
      const as = asMerchant(route.api);
      const told = await ask(route, real.asking, as, real.names);
      const expected = await ask(route, unknown.asking, as, unknown.names);
      const where = chosen.map((place) => kinds[place]).join(", ");
      assert.equal(told.masked, expected.masked, `another's ${where}`);
      const allowed = [
        example.no ?? 404,
        404,
        ...(chosen.some((place) => kinds[place] === "worldlineMerchant") ? [403] : []),
      ];
      assert.ok(allowed.includes(told.status), `another's ${where}: ${told.status} ${told.text}`);
      await seesNothing(told, real.names);
    };
    if (example.bearer !== true || places.length > 1) for (const place of places) await foreign([place]);
    if (example.bearer !== true && places.length > 1) await foreign(places);
    assert.deepEqual(await shownToThem(), before, "nothing of theirs was changed");

    const listed = example.lists === undefined ? undefined : await fresh.of(example.lists);
    if (example.lists !== undefined) await theirs.of(example.lists);
    const { asking, names } = filledIn(example, (kind) => own.get(kind)!);
    const told = await ask(route, asking, asMerchant(route.api), names);
    const fits = example.own === undefined ? told.status >= 200 && told.status < 300 : told.status === example.own;
    assert.ok(fits, `one's own: ${told.status} ${told.text}`);
    if (listed !== undefined) assert.ok(told.text.includes(listed), `${listed} is in the list: ${told.text}`);
    if (!crossing.includes(route.name)) await seesNothing(told, []);
  });

  if (example.open !== undefined) continue;
  test(`${route.name}: nobody, and no other role, is told whether something is there`, async () => {
    const [other, as] = [await things(theirs), [asNobody, route.api === "admin" ? asMerchant("frisbii") : asOperator]];
    const real = filledIn(example, (kind) => other.get(kind)!);
    const unknown = filledIn(example, (kind) => twinOf(kind, other.get(kind)!));
    for (const credential of as) {
      const told = await ask(route, real.asking, credential, real.names);
      assert.equal(told.status, route.api === "worldline" ? 403 : 401);
      assert.equal(told.masked, (await ask(route, unknown.asking, credential, unknown.names)).masked);
    }
  });
}

/** Operations that show the operator all merchants. */
const crossing = ["GET /admin/merchants", "GET /admin/incidents", "GET /admin/dispatch", "POST /admin/arm"];

/** Nothing that belongs to the other merchant is in an answer, but for what the request itself named. */
async function seesNothing({ text }: Answer, names: readonly string[]): Promise<void> {
  for (const [kind, id] of await theirs.all())
    if (!names.includes(id)) assert.ok(!text.includes(id), `another's ${kind} is in the answer: ${text}`);
  assert.ok(!text.includes(theirs.who.handle), text);
}

/** How what is theirs stands, as they are told it. */
async function shownToThem(): Promise<unknown[]> {
  const [customer, method, payout] = await Promise.all([
    theirs.of("customer"),
    theirs.of("method"),
    theirs.of("payout"),
  ]);
  return [
    await theirs.call("GET", `/v1/customer/${customer}`),
    await theirs.call("GET", `/v1/customer/${customer}/metadata`),
    await theirs.call("GET", `/v1/payment_method/${method}`),
    await theirs.call("GET", `/v1/payout/${payout}`),
    await theirs.call("GET", "/v1/account/privkey"),
    await theirs.call("GET", "/v1/account/webhook_settings"),
  ];
}

test("a name that another merchant uses is free", async () => {
  const [customer, payout] = [await theirs.of("customer"), await theirs.of("payout")];
  assert.equal((await mine.call("POST", "/v1/customer", { handle: customer })).handle, customer);
  const destination = await mine.of("method");
  assert.equal((await mine.call("POST", "/v1/payout", { handle: payout, destination, amount: 100 })).state, "paid");
});
