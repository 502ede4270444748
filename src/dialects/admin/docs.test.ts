import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Shape } from "./fields.ts";
import { adminOperations } from "./routes.ts";

const file = fileURLToPath(new URL("../../../docs/admin.md", import.meta.url));
const [begin, end] = ["<!-- operations:", "<!-- end of operations -->"];

const membersOf = (shape: Shape): string[] =>
  Object.entries(shape).map(([name, { says, optional }]) => `- \`${name}\`${optional === true ? "?" : ""}: ${says}`);

/** One operation as the documentation has it. */
const describe = ({ method, path, does, body, query }: (typeof adminOperations)[number]): string =>
  [
    `### \`${method} ${path}\``,
    "",
    `${does[0]!.toUpperCase()}${does.slice(1)}.`,
    ...(Object.keys({ ...body, ...query }).length > 0 ? [""] : []),
    ...membersOf(body),
    ...membersOf(query),
  ].join("\n");

/** All of them at a glance, as Prettier sets a table. */
function overview(): string {
  const named = (shape: Shape) =>
    Object.entries(shape).map(([name, { optional }]) => `\`${name}${optional === true ? "?" : ""}\``);
  const rows = adminOperations.map(({ method, path, body, query }) => [
    `\`${method} ${path}\``,
    [...named(body), ...named(query)].join(", "),
  ]);
  const all = [["operation", "its body, or query"], ...rows];
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  const [head, ...rest] = all.map(line);
  return [head, line(widths.map((width) => "-".repeat(width))), ...rest].join("\n");
}

test("docs/admin.md has every operation with every member of its body and query", () => {
  const text = readFileSync(file, "utf8");
  const from = text.indexOf("\n", text.indexOf(begin)) + 1;
  const to = text.indexOf(end);
  assert.ok(from > 0 && to >= from);
  const expected = `\n${overview()}\n\n${adminOperations.map(describe).join("\n\n")}\n\n`;
  if (process.env["DISBURSE_TEST_WRITE"] === "yes")
    writeFileSync(file, text.slice(0, from) + expected + text.slice(to));
  assert.equal(readFileSync(file, "utf8").slice(from).split(end)[0], expected);
});
