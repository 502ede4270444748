import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

/** Which rooms a room may import from. Arrows point down, towards core, which imports nothing. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  cards: [],
  logs: ["cards"],
  embedded: [], // knows PostgreSQL, and nothing of Disburse
  sandbox: [], // somebody else's bank: an independent witness
  flow: ["core"],
  rails: ["core", "logs"],
  receivers: ["logs"],
  vault: ["core", "cards", "rails"],
  store: ["core", "vault"],
  engine: ["core", "flow", "store", "rails"],
  dialects: ["core", "flow", "engine", "store", "cards", "vault", "rails"],
  http: ["dialects", "engine", "store", "logs"],
};
/** The roots put the rooms together; the command line, the tests, the simulator and the crash test stand above everything. */
const above = new Set(["", "cli", "testing", "simulator", "torture"]);

const src = join(dirname(fileURLToPath(import.meta.url)), "..", "src");
const sources = readdirSync(src, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, text: readFileSync(join(src, name), "utf8") }));
const roomOf = (name: string): string => (name.includes("/") ? name.slice(0, name.indexOf("/")) : "");
const isTest = (name: string): boolean =>
  name.endsWith(".test.ts") || name.endsWith("scratch.ts") || name.endsWith("trial.ts");

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}
const imports: Import[] = sources.flatMap(({ name, text }) =>
  [...text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)";/gms)].map((found) => ({
    from: name,
    to: found[2]!.startsWith(".") ? normalize(join(dirname(name), found[2]!)) : found[2]!,
    typeOnly: found[1] !== undefined,
  })),
);
const within = imports.filter(({ from, to }) => to.endsWith(".ts") && !isTest(from));

test("arrows between rooms point down", () => {
  const upward = within
    .filter(({ from }) => !above.has(roomOf(from)))
    .filter(({ from, to }) => roomOf(from) !== roomOf(to) && mayImport[roomOf(from)]?.includes(roomOf(to)) !== true)
    .map(({ from, to }) => `${from} → ${to}`);
  assert.deepEqual(upward, []);
});

test("every room has its place in the order", () => {
  const rooms = new Set(sources.map(({ name }) => roomOf(name)).filter((room) => !above.has(room)));
  assert.deepEqual(
    [...rooms].filter((room) => mayImport[room] === undefined),
    [],
  );
});

test("core imports nothing from outside, and the flows nothing but core", () => {
  const outside = imports.filter(
    ({ from, to }) => ["core", "flow"].includes(roomOf(from)) && !isTest(from) && !to.endsWith(".ts"),
  );
  assert.deepEqual(outside, []);
});

test("time, ids, chance and the environment reach core and the flows as arguments only", () => {
  const ambient =
    /\b(Date\.now|new Date\(|performance\b|Math\.random|crypto\b|process\.|globalThis|setTimeout|setInterval|setImmediate|fetch\()/;
  const found = sources
    .filter(({ name }) => ["core", "flow"].includes(roomOf(name)) && !isTest(name))
    .flatMap(({ name, text }) =>
      text.split("\n").flatMap((line, at) => (ambient.test(line) ? [`${name}:${at + 1}: ${line.trim()}`] : [])),
    );
  assert.deepEqual(found, []);
});

test("no file needs, at run time, a file that needs it", () => {
  const needs = new Map<string, string[]>();
  for (const { from, to, typeOnly } of within) if (!typeOnly) needs.set(from, [...(needs.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    assert.ok(!path.includes(name), `a circle: ${[...path, name].join(" → ")}`);
    if (done.has(name)) return;
    for (const next of needs.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of needs.keys()) visit(name, []);
});

test("no file is named for what it could not name", () => {
  const vague = sources
    .map(({ name }) => name)
    .filter((name) => /(^|\/)(utils?|helpers?|common|misc|manager|service|lib|types|index)\.ts$/.test(name));
  assert.deepEqual(vague, []);
});
