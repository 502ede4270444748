import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import { Started } from "./testing/started.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Below the packages that the program imports. */
const folder = mkdtempSync(join(root, "dist", "generated-"));
const file = join(folder, "program.ts");
let server: Started;
let program: string;
before(async () => {
  server = await Started.open();
  const types = await openapiTS(new URL(`${server.demo.url}/openapi/frisbii.json`));
  writeFileSync(join(folder, "frisbii-api.d.ts"), astToString(types));
  const guide = readFileSync(join(root, "docs", "openapi.md"), "utf8");
  program = /```ts\n([^]*?)```/.exec(guide)?.[1] ?? "";
  assert.ok(program.includes("createClient<paths>"));
});
after(async () => {
  await server?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test("descriptions are answered without a key", async () => {
  for (const name of ["frisbii", "worldline", "admin"]) {
    const told = await fetch(`${server.demo.url}/openapi/${name}.json`);
    assert.equal(told.status, 200);
    assert.equal(((await told.json()) as { openapi: string }).openapi, "3.1.0");
  }
  assert.equal((await fetch(`${server.demo.url}/openapi/nobody.json`)).status, 404);
});

/** What the compiler has against a program. */
function faultsIn(text: string): string[] {
  writeFileSync(file, text);
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    types: ["node"],
    typeRoots: [join(root, "node_modules", "@types")],
  };
  const compiled = ts.createProgram([file], options);
  return ts
    .getPreEmitDiagnostics(compiled)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

test("the program of docs/openapi.md fits the types that are generated, and others do not", () => {
  assert.deepEqual(faultsIn(program), []);
  assert.match(
    faultsIn(program.replace("amount: 500", 'amount: "500"')).join(),
    /'string' is not assignable to type 'number'/,
  );
  assert.match(faultsIn(program.replace("data.state", "data.status")).join(), /'status' does not exist/);
  assert.match(faultsIn(program.replace('"/v1/payout"', '"/v1/payouts"')).join(), /"\/v1\/payouts"/);
});

test("it pays out", async () => {
  const { outputText } = ts.transpileModule(program, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  const script = join(folder, "program.mjs");
  writeFileSync(script, outputText);
  const { url, frisbii } = server.demo;
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, URL: url, KEY: frisbii.private_key, CARD: frisbii.card },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (text) => (said += String(text)));
  assert.equal(await new Promise((resolve) => child.once("exit", resolve)), 0);
  assert.match(said, /^paid 411111X{6}1111\n404 Payout not found\n$/);
});
