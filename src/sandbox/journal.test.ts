import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Journal } from "./journal.ts";
import { aFolder } from "./trial.ts";

async function open(path: string): Promise<{ journal: Journal; lines: object[]; said: string[] }> {
  const [lines, said]: [object[], string[]] = [[], []];
  const journal = await Journal.open(
    path,
    (line) => lines.push(line),
    (message) => said.push(message),
  );
  return { journal, lines, said };
}

test("lines that wait together share one flush, and come back in order", async () => {
  const path = join(aFolder(), "journal");
  const { journal } = await open(path);
  for (let n = 0; n < 500; n += 1) journal.append({ n, text: "æ" });
  await journal.durable();
  assert.ok(journal.flushes <= 2, `${journal.flushes} flushes`);
  await journal.close();
  const { journal: again, lines } = await open(path);
  assert.deepEqual(
    lines,
    Array.from({ length: 500 }, (_, n) => ({ n, text: "æ" })),
  );
  await again.close();
});

test("a last line that was never finished is cut off and said", async () => {
  for (const torn of ['{"n":2,"te', '{"n":2,"te\n', "\0\0\0\0"]) {
    const path = join(aFolder(), "journal");
    writeFileSync(path, '{"n":1}\n');
    appendFileSync(path, torn);
    const { journal, lines, said } = await open(path);
    assert.deepEqual(lines, [{ n: 1 }]);
    assert.match(said.join(), /cut off \d+ bytes/);
    journal.append({ n: 3 });
    await journal.close();
    assert.equal(readFileSync(path, "utf8"), '{"n":1}\n{"n":3}\n');
  }
});

test("a line that is broken in the middle is not passed over", async () => {
  const path = join(aFolder(), "journal");
  writeFileSync(path, '{"n":1}\n{"n":\n{"n":3}\n');
  await assert.rejects(open(path), /byte 14 is broken/);
});

test("reading goes on from a cursor, and from nowhere else", async () => {
  const { journal } = await open(join(aFolder(), "journal"));
  const first = journal.append({ n: 1 });
  const second = journal.append({ text: "x".repeat(200_000) }); // longer than is read at once
  const third = journal.append({ n: 3 });
  await journal.durable();
  assert.deepEqual(
    [...(journal.linesAfter(0) ?? [])].map((line) => line.end),
    [first, second, third],
  );
  assert.deepEqual(
    [...(journal.linesAfter(second) ?? [])].map((line) => line.text),
    ['{"n":3}'],
  );
  assert.deepEqual([...(journal.linesAfter(third) ?? [])], []);
  assert.equal(journal.linesAfter(first - 1), undefined);
  assert.equal(journal.linesAfter(third + 1), undefined);
  await journal.close();
});

test("where a time begins is found among many lines, and among few", async () => {
  const { journal } = await open(join(aFolder(), "journal"));
  assert.equal(
    journal.cursorBefore(() => true),
    0,
  );
  const ends = Array.from({ length: 5_000 }, (_, n) => journal.append({ n, text: "x".repeat(n % 97) }));
  journal.append({ n: 5_000, text: "x".repeat(200_000) });
  await journal.durable();
  for (const wanted of [0, 1, 2, 1_234, 2_500, 4_998, 4_999, 5_000]) {
    let looked = 0;
    const cursor = journal.cursorBefore((text) => {
      looked += 1;
      return (JSON.parse(text) as { n: number }).n < wanted;
    });
    assert.equal(cursor, wanted === 0 ? 0 : ends[wanted - 1]);
    assert.ok(looked < 2_500, `${looked} lines were read`);
  }
  await journal.close();
});
