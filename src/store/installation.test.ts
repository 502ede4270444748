import assert from "node:assert/strict";
import { test } from "node:test";
import { freshDatabase } from "../testing/database.ts";
import { openPool } from "./db.ts";
import { openInstallation, readInstallation, setAdminToken } from "./installation.ts";

test("several servers that start at once are one installation", async (t) => {
  const { url, drop } = await freshDatabase();
  const pool = openPool(url, 8);
  t.after(async () => {
    await pool.end();
    await drop();
  });
  assert.equal(await readInstallation(pool), undefined);
  const fresh = (n: number) => ({
    id: `i${n}`,
    referenceKey: `v1.k.${n}`,
    adminTokenHash: Buffer.alloc(32, n),
    fingerprintKey: `v2.d.${n}`,
    fingerprintKeyId: "f",
  });
  const opened = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => openInstallation(pool, fresh(n))));
  assert.equal(opened.filter(({ isNew }) => isNew).length, 1);
  for (const { installation } of opened) assert.deepEqual(installation, opened[0]!.installation);
  assert.deepEqual(await readInstallation(pool), opened[0]!.installation);

  await setAdminToken(pool, Buffer.alloc(32, 99));
  const later = await openInstallation(pool, fresh(9));
  assert.deepEqual(later, {
    installation: { ...opened[0]!.installation, adminTokenHash: Buffer.alloc(32, 99) },
    isNew: false,
  });
});
