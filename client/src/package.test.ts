import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { DisburseRefusal } from "./errors.ts";
import { settingsOf } from "./options.ts";

const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { files: _, ...manifest } = JSON.parse(readFileSync(here("package.json"), "utf8"));

test("the package has the version of the server, and depends on nothing", () => {
  const server = JSON.parse(readFileSync(here("../package.json"), "utf8"));
  assert.deepEqual(
    [manifest.version, manifest.license, manifest.engines],
    [server.version, server.license, server.engines],
  );
  assert.deepEqual(
    Object.keys(manifest).filter((name) => /dependencies/i.test(name)),
    [],
  );
});

test("its code imports nothing but itself and Node", () => {
  const sources = readdirSync(here("src")).filter((name) => !name.endsWith(".test.ts"));
  const imported = sources.flatMap((name) =>
    [...readFileSync(here(`src/${name}`), "utf8").matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/g)].map(
      ([, from]) => from!,
    ),
  );
  assert.ok(imported.length > 20);
  assert.deepEqual(
    imported.filter((from) => !/^(\.\/[a-z]+\.ts|node:[a-z/]+)$/.test(from)),
    [],
  );
});

test("what is published is the compiled code, its types, the README and the licence, without tests", () => {
  const pack = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const [packed] = JSON.parse(
    execFileSync("npm", pack, { cwd: here("."), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
  const sources = readdirSync(here("src"))
    .filter((name) => !/\.test\.ts$|^script\.ts$/.test(name))
    .map((name) => name.slice(0, -3));
  assert.deepEqual(
    packed.files.map(({ path }: { path: string }) => path).sort(),
    [
      "LICENSE",
      "README.md",
      "package.json",
      ...sources.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]),
    ].sort(),
  );
});

test("its README names every option, and every member of a refusal", () => {
  const readme = readFileSync(here("README.md"), "utf8");
  const rows = [...readme.slice(readme.indexOf("## Options")).matchAll(/^\| (`.+?) +\|/gm)];
  const documented = rows.flatMap(([, names]) => [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  const options = Object.keys(settingsOf({ url: "https://a.example", privateKey: "x" }));
  assert.deepEqual(documented.sort(), [...options, "insecure"].sort());
  const members = Object.keys(new DisburseRefusal(400, { code: 1, error: "" })).filter((name) => name !== "name");
  for (const member of members) assert.ok(readme.includes(`\`${member}\``), member);
});

test("it can be imported by its name", async () => {
  const { main, exports, types } = manifest;
  assert.deepEqual([main, exports["."].types], [undefined, types]);
  const named = await import(new URL(`../${exports["."].default}`, import.meta.url).href);
  assert.deepEqual(Object.keys(named).sort(), ["Disburse", "DisburseMismatch", "DisburseRefusal", "DisburseSilence"]);
});
