import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import pg from "pg";
import { openBrowser, withoutBrowser } from "./testing/browser.ts";
import { Started } from "./testing/started.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const number = "4111111111111111";

let server: Started;
let browser: Browser;
let shop: Server;
let shopUrl: string;
before(async () => {
  server = await Started.open();
  shop = createServer((request, answer) => {
    answer.setHeader("content-type", "text/html");
    answer.end(`<title>Shop</title><p>${request.url?.split("?")[0]}</p>`);
  });
  await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  if (withoutBrowser === false) browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await new Promise((resolve) => shop.close(resolve).closeAllConnections());
  await server.remove();
});

let customers = 0;
async function session(more: object = {}): Promise<{ id: string; url: string; customer: string }> {
  const customer = `person-${(customers += 1)}`;
  const urls = { accept_url: `${shopUrl}/ok?basket=1`, cancel_url: `${shopUrl}/no` };
  const create = { create_customer: { handle: customer, first_name: "Per" }, ...urls, ...more };
  const { status, body } = await server.call("POST", "/v1/session/recurring", create);
  assert.equal(status, 200, JSON.stringify(body));
  return { ...body, customer };
}
async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.on("pageerror", (error) => assert.fail(error));
  page.on("console", (line) => {
    if (line.type() === "error" && !/status of 4\d\d/.test(line.text())) assert.fail(line.text());
  });
  await page.goto(url);
  return page;
}
async function fill(page: Page, card: string, expiry = "12/39", cvv = "123"): Promise<void> {
  await page.getByLabel("Card number").fill(card);
  await page.getByLabel("Expiry date").fill(expiry);
  await page.getByLabel("Security code").fill(cvv);
  await page.getByRole("button", { name: "Save card" }).click();
}
const methods = async (customer: string): Promise<any[]> =>
  (await server.call("GET", `/v1/list/payment_method?customer=${customer}`)).body.content;
/** What a blind person's browser would stumble over. Axe is put in by the debugger: the page itself would not let it. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate("axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })")) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

test(
  "a person saves a card, comes to the shop, and the merchant has a payment method that can be paid",
  { skip: withoutBrowser },
  async () => {
    const { id, url, customer } = await session();
    const page = await open(url, { viewport: { width: 375, height: 700 }, isMobile: true, hasTouch: true });
    assert.equal(await page.title(), "Save your card");
    await page.getByLabel("Card number").pressSequentially(number);
    assert.equal(await page.getByLabel("Card number").inputValue(), "4111 1111 1111 1111");
    await page.getByLabel("Expiry date").pressSequentially("1239");
    assert.equal(await page.getByLabel("Expiry date").inputValue(), "12/39");
    await page.getByLabel("Security code").fill("123");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${shopUrl}/ok?**`);
    const [method, ...more] = await methods(customer);
    assert.deepEqual([more.length, method.reference, method.card.masked_card], [0, id, "411111XXXXXX1111"]);
    const query = new URL(page.url()).searchParams;
    assert.deepEqual(
      [...query],
      [
        ["basket", "1"],
        ["id", id],
        ["customer", customer],
        ["payment_method", method.id],
      ],
    );
    const paid = { handle: `to-${customer}`, destination: method.id, amount: 100, currency: "EUR" };
    assert.equal((await server.call("POST", "/v1/payout", paid)).body.state, "paid");

    await page.goto(url);
    assert.equal(await page.getByRole("heading").textContent(), "Your card has been saved");
    assert.equal(await page.getByRole("textbox").count(), 0);
  },
);

test(
  "what is wrong is said at once, read out, and led to; the number is not sent",
  { skip: withoutBrowser },
  async () => {
    const { url } = await session();
    const page = await open(url);
    let sent = 0;
    page.on("request", (request) => (sent += request.method() === "POST" ? 1 : 0));
    await fill(page, "4111111111111112", "01/20", "12");
    assert.equal(sent, 0);
    assert.equal(await page.title(), "Error: Save your card");
    assert.equal(await page.evaluate("document.activeElement.id"), "summary");
    await page.getByRole("link", { name: "This card has expired: use another one" }).click();
    assert.equal(await page.evaluate("document.activeElement.id"), "expiry");
    const described = await page.getByLabel("Expiry date").getAttribute("aria-describedby");
    assert.equal(described, "expiry-hint expiry-fault");
    assert.equal(await page.locator("#expiry-fault").textContent(), "This card has expired: use another one");
    assert.deepEqual(await barriers(page), []);
  },
);

test(
  "without scripts the server says the same, and a card number never comes back in a page",
  { skip: withoutBrowser },
  async () => {
    const { url, customer } = await session();
    const page = await open(url, { javaScriptEnabled: false });
    await fill(page, "4111111111111112", "12/39", "");
    assert.equal(await page.title(), "Error: Save your card");
    assert.equal(await page.getByLabel("Card number").inputValue(), "");
    assert.equal(await page.getByLabel("Expiry date").inputValue(), "12/39");
    assert.equal(await page.getByRole("alert").getByRole("link").count(), 2);
    assert.ok(!(await page.content()).includes("4111"));
    await fill(page, number);
    await page.waitForURL(`${shopUrl}/ok?**`);
    assert.equal((await methods(customer)).length, 1);
  },
);

test(
  "nobody is kept out: light and dark, on a phone, at twice the size, with and without faults",
  { skip: withoutBrowser },
  async () => {
    const { url } = await session();
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await open(url, { colorScheme, viewport: { width: 640, height: 480 } });
      assert.deepEqual(await barriers(page), []);
      await page.getByRole("button", { name: "Save card" }).click();
      assert.deepEqual(await barriers(page), []);
      await page.setViewportSize({ width: 320, height: 480 }); // 640 at 200 %
      assert.equal(
        await page.evaluate("document.documentElement.scrollWidth"),
        320,
        "nothing has to be scrolled sideways",
      );
      await page.evaluate("document.documentElement.style.fontSize = '200%'");
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 320);
      for (const [label, complete] of [
        ["Card number", "cc-number"],
        ["Expiry date", "cc-exp"],
        ["Security code", "cc-csc"],
      ])
        assert.equal(await page.getByLabel(label!).getAttribute("autocomplete"), complete);
      await page.context().close();
    }
  },
);

test(
  "a declined card can be followed by another one, ten times; then the page is over",
  { skip: withoutBrowser },
  async () => {
    const { url, customer } = await session();
    const page = await open(url);
    await fill(page, number, "12/39", "002");
    await page.getByText("Your bank has declined this card").waitFor();
    assert.equal(await page.getByLabel("Card number").inputValue(), "");
    for (let tries = 2; tries <= 10; tries += 1) await enter(url, { number, expiry: "12/39", cvv: "003" });
    assert.equal((await enter(url, { number, expiry: "12/39", cvv: "123" })).status, 410);
    assert.equal((await methods(customer)).length, 0);
  },
);

test("who cancels goes where the merchant says, and may come back", { skip: withoutBrowser }, async () => {
  const { url } = await session();
  const page = await open(url);
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.waitForURL(`${shopUrl}/no`);
  await page.goto(url);
  assert.equal(await page.getByLabel("Card number").count(), 1);
});

const enter = (url: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(url, { method: "POST", body: new URLSearchParams(form), redirect: "manual", headers });
const good = { number, expiry: "12/39", cvv: "123" };

test("the page keeps everything else out", async () => {
  const { url } = await session();
  const { headers } = await fetch(url);
  const policy = headers.get("content-security-policy") ?? "";
  for (const part of [
    "default-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    `form-action 'self' ${shopUrl}`,
  ])
    assert.ok(policy.includes(part), part);
  assert.ok(!policy.includes("unsafe"));
  assert.deepEqual(
    ["cache-control", "referrer-policy", "x-content-type-options", "x-frame-options"].map((name) => headers.get(name)),
    ["no-store", "no-referrer", "nosniff", "DENY"],
  );
});

test("twenty cards at once in one session: one is saved", async () => {
  const { url, customer } = await session({ payment_method_reference: "mine" });
  const answers = await Promise.all(Array.from({ length: 20 }, () => enter(url, good)));
  assert.ok(
    answers.every(({ status }) => status === 303),
    answers.map(({ status }) => status).join(),
  );
  const saved = await methods(customer);
  assert.deepEqual([saved.length, saved[0].reference], [1, "mine"]);
});

test("sessions that nobody was given, that are over, or whose customer is gone take no card", async () => {
  const { url, customer } = await session();
  const wrong = [
    url.slice(0, -1),
    `${url}0`,
    url.replace(/cs_.{4}/, "cs_0000"),
    url.replace(/\/0{16}.{6}/, `/${"0".repeat(16)}000001`),
  ];
  for (const address of [...wrong, url.replace("cs_", "cs_%00"), url.replace("cs_", "CS_")]) {
    const [shown, entered] = [await fetch(address), await enter(address, good)];
    assert.deepEqual([shown.status, entered.status], [404, 404], address);
    assert.match(await shown.text(), /There is no such page/);
  }
  await server.call("DELETE", `/v1/customer/${customer}`);
  assert.equal((await enter(url, good)).status, 410);
  assert.equal((await fetch(url, { method: "PUT" })).status, 405);

  const late = await session();
  const db = new pg.Client(JSON.parse(readFileSync(join(server.folder, "postgres.json"), "utf8")));
  await db.connect();
  await db.query("update card_sessions set expires_at = now() where id = $1", [late.id]);
  await db.end();
  assert.equal((await fetch(late.url)).status, 410);
  assert.equal((await enter(late.url, good)).status, 410);
});

test("hostile forms are answered with the page, and nothing of them stands in it", async () => {
  const { url } = await session();
  for (const form of [
    { ...good, number: '"><script>alert(1)</script>' },
    { ...good, expiry: '"><img src=x onerror=alert(1)>' },
    { ...good, number: "4".repeat(5000) },
    { ...good, cvv: "\0\u202e12" },
  ]) {
    const answer = await enter(url, form);
    assert.equal(answer.status, 422);
    const text = await answer.text();
    assert.ok(!text.includes("alert(1)") && !text.includes("44444"), text);
  }
  const raw = (body: string | Buffer) => fetch(url, { method: "POST", body });
  for (const body of ["", "number", "number=1&number=2", Buffer.from([0xff, 0xfe]), "{}"])
    assert.equal((await raw(body)).status, 422);
  assert.equal((await raw("x".repeat(300_000))).status, 413);
});

test("a session is asked for rightly, or not at all", async () => {
  const no = async (body: object): Promise<string> => {
    const { status, body: told } = await server.call("POST", "/v1/session/recurring", body);
    return `${status}/${told.code}`;
  };
  assert.equal(await no({}), "400/18");
  assert.equal(await no({ customer: "nobody" }), "404/9");
  assert.equal(await no({ create_customer: { handle: "person-1" } }), "400/11");
  assert.equal(await no({ customer: "a", create_customer: { handle: "b" } }), "422/1");
  for (const accept_url of [
    "javascript:alert(1)",
    "//x",
    "http://user:pass@x/",
    "data:text/html,x",
    "http://",
    "http://a;script-src/",
    "http://a,b/",
    7,
  ])
    assert.equal(await no({ create_customer: { handle: "x" }, accept_url }), "422/1", String(accept_url));
  for (const ttl of [0, 59, "PT1S", "P1Y", -1, "forever"])
    assert.equal(await no({ create_customer: { handle: "x" }, ttl }), "422/1", String(ttl));
  assert.equal(await no({ create_customer: { handle: "x" }, payment_methods: ["vipps"] }), "400/1");
  assert.equal((await session({ ttl: "PT5M", payment_methods: ["card", "vipps"] })).url.includes("/checkout/"), true);
});
