import { randomBytes } from "node:crypto";
import pg from "pg";
import { emptyDatabase, freshDatabase, testServer } from "./database.ts";

/** An empty database with an owner of its own, who can be left without connections while all others keep theirs. */
export interface OwnUser {
  /** The database, for its owner; and for the superuser. */
  readonly url: string;
  readonly adminUrl: string;
  /** From now on PostgreSQL has no connection for the owner (SQLSTATE 53300), and those that he had are gone. */
  takeConnections(): Promise<void>;
  giveConnections(): Promise<void>;
  drop(): Promise<void>;
}

export async function databaseOfOwnUser(): Promise<OwnUser> {
  await (await freshDatabase()).drop(); // now there are the roles that all databases share
  const { url: adminUrl, drop } = await emptyDatabase();
  const admin = new pg.Client({ connectionString: testServer() });
  await admin.connect();
  const user = `owner_${randomBytes(4).toString("hex")}`;
  await admin.query(`create role ${user} login createrole password 'secret'`);
  await admin.query(`grant disburse_migrator, disburse_app, disburse_checker to ${user} with admin option`);
  await admin.query(`alter database ${new URL(adminUrl).pathname.slice(1)} owner to ${user}`);
  const url = new URL(adminUrl);
  [url.username, url.password] = [user, "secret"];
  return {
    url: url.href,
    adminUrl,
    async takeConnections() {
      await admin.query(`alter role ${user} connection limit 0`);
      await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [user]);
    },
    giveConnections: async () => void (await admin.query(`alter role ${user} connection limit -1`)),
    async drop() {
      await drop();
      await admin.query(`drop role ${user}`);
      await admin.end();
    },
  };
}
