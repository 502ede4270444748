import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Memory, ports } from "../frisbii/trial.ts";
import { frisbiiDialect } from "../frisbii/routes.ts";
import { adminOperations } from "../admin/routes.ts";
import { worldlineDialect } from "../worldline/routes.ts";
import type { Webhooks } from "../webhooks.ts";
import { describe } from "./describe.ts";
import { apis, openapiDialect } from "./openapi.ts";

const { services } = new Memory();
const nobody = () => Promise.resolve(undefined);
const routes = {
  frisbii: frisbiiDialect(services, { ...ports, webhooks: {} as Webhooks }).routes,
  worldline: worldlineDialect(services, {
    findKey: nobody,
    orderKey: () => createSecretKey(Buffer.alloc(1)),
    timezone: "UTC",
    url: () => "",
  }).routes,
  admin: adminOperations,
};

for (const [name, api] of Object.entries(apis)) {
  const document = describe(api, "1.2.3");

  test(`the description of ${name} is valid OpenAPI 3.1`, async () => {
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
    assert.deepEqual(result.errors ?? [], []);
    assert.equal(validator.version, "3.1");
  });

  test(`every route of ${name} is described, and what is described is a route`, () => {
    const spoken = routes[name as keyof typeof routes].map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(Object.keys(api.operations).sort(), spoken.sort());
  });

  test(`the description of ${name} refers to what it has, has nothing that it does not refer to, and no name twice`, () => {
    const text = JSON.stringify(document);
    const referred = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, schema]) => schema));
    assert.deepEqual([...referred].sort(), Object.keys(api.schemas).sort());
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, Object.keys(api.operations).length);
  });
}

test("descriptions are answered to anyone", async () => {
  const { routes } = openapiDialect("1.2.3");
  assert.deepEqual(
    routes.map(({ method, path, open }) => `${method} ${path} ${open}`),
    ["GET /openapi/frisbii.json true", "GET /openapi/worldline.json true", "GET /openapi/admin.json true"],
  );
});
