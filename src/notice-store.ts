import type pg from "pg";
import type { NoticeStore } from "./engine/deliver.ts";
import type { Endpoints } from "./store/endpoints.ts";
import { dueLines } from "./store/due-notices.ts";
import { dueEndpoints, leaseEndpoints, releaseEndpoints } from "./store/endpoint-leases.ts";
import { forgetNotices, saveCalls } from "./store/notice-calls.ts";

const forgottenAtOnce = 5_000;

/**
 * PostgreSQL as the store of notices, for one server: `owner` is a name that no other server has, nor this one in its next life. What is
 * over is kept for `keepDays`.
 */
export const postgresNotices = (pool: pg.Pool, endpoints: Endpoints, owner: string, keepDays: number): NoticeStore => ({
  due: (most, behind) => dueEndpoints(pool, owner, most, behind),
  lease: (keys, seconds) => leaseEndpoints(pool, endpoints, owner, keys, seconds),
  release: (keys) => releaseEndpoints(pool, owner, keys),
  lines: (key, page) => dueLines(pool, key, page),
  save: (calls) => saveCalls(pool, calls),
  forget: () => forgetNotices(pool, keepDays, forgottenAtOnce),
  async disable({ merchantId, endpointId }, because) {
    await endpoints.change(merchantId, endpointId, { disabledBecause: because });
  },
});
