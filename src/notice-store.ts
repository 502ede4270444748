import type pg from "pg";
import type { NoticeStore } from "./engine/deliver.ts";
import type { Endpoints } from "./store/endpoints.ts";
import { dueEndpoints, dueLines, leaseEndpoints, releaseEndpoints, saveCalls } from "./store/notices.ts";

/** PostgreSQL as the store of notices, for one server: `owner` is a name that no other server has, nor this one in its next life. */
export const postgresNotices = (pool: pg.Pool, endpoints: Endpoints, owner: string): NoticeStore => ({
  due: (most) => dueEndpoints(pool, owner, most),
  lease: (keys, seconds) => leaseEndpoints(pool, endpoints, owner, keys, seconds),
  release: (keys) => releaseEndpoints(pool, owner, keys),
  lines: (key, page) => dueLines(pool, key, page),
  save: (calls) => saveCalls(pool, calls),
  async disable({ merchantId, endpointId }, because) {
    await endpoints.change(merchantId, endpointId, { disabledBecause: because });
  },
});
