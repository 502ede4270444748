import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";
import { opaqueIds } from "./opaque-ids.ts";

const ids = opaqueIds(createSecretKey(Buffer.alloc(32, 7)));

test("an id is 32 hexadecimal digits, always the same, and stands for what it was made of", () => {
  const event = { kind: "event", subjectId: "163791788780130304", version: 4 } as const;
  assert.match(ids.hide(event), /^[0-9a-f]{32}$/);
  assert.equal(ids.hide(event), ids.hide({ ...event }));
  assert.deepEqual(ids.show(ids.hide(event)), event);
  const notice = { kind: "notice", noticeId: "12" } as const;
  assert.deepEqual(ids.show(ids.hide(notice)), notice);
  const uuid = ids.hide(notice).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  assert.deepEqual(ids.show(uuid), notice);
});

test("ids do not resemble their neighbours, and another installation's are not understood", () => {
  const near = [1, 2, 3].map((n) => ids.hide({ kind: "notice", noticeId: String(n) }));
  assert.equal(new Set(near.map((id) => id.slice(0, 4))).size, 3);
  assert.equal(opaqueIds(createSecretKey(Buffer.alloc(32, 8))).show(near[0]!), undefined);
});

test("what nobody gave out stands for nothing", () => {
  for (const id of ["", "x", "0".repeat(32), "f".repeat(32), "0".repeat(31), "é".repeat(32), `${"0".repeat(32)}0`]) {
    assert.equal(ids.show(id), undefined, id);
  }
});
