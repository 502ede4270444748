import { execFileSync } from "node:child_process";
import { chownSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { openCluster, type Cluster } from "../embedded/cluster.ts";

/** A PostgreSQL with fsync, as one of an operator's own would be, whose data can be put back to what they were. */
export class RestorablePostgres {
  readonly #folder: string;
  #cluster: Cluster;

  private constructor(folder: string, cluster: Cluster) {
    this.#folder = folder;
    this.#cluster = cluster;
  }

  static async open(folder: string): Promise<RestorablePostgres> {
    return new RestorablePostgres(folder, await openCluster(folder, () => {}));
  }

  /** The same before and after a restore. */
  get url(): string {
    return this.#cluster.url;
  }

  async query(text: string, values: unknown[] = []): Promise<any[]> {
    return this.#with(async (client) => (await client.query(text, values)).rows);
  }

  /** Copies the data while they are at work, as PostgreSQL's manual has it ("Making a Base Backup Using the Low Level API"). */
  async backUp(to: string): Promise<void> {
    const { location } = this.#cluster;
    await this.#with(async (client) => {
      await client.query("select pg_backup_start('drill', true)"); // the session has to stay until it is stopped
      copy(location, to);
      const { rows } = await client.query("select labelfile, lsn from pg_backup_stop(false)");
      write(to, "backup_label", rows[0].labelfile);
      copy(join(location, "pg_wal"), join(to, "pg_wal")); // what was written meanwhile
    });
  }

  /** Puts a copy in the place of what is there. `recovery`: PostgreSQL is told so, and begins a new timeline. */
  async restore(from: string, { recovery }: { recovery: boolean }): Promise<void> {
    const { location } = this.#cluster;
    await this.#cluster.stop();
    execFileSync("rm", ["-rf", location]);
    copy(from, location);
    if (recovery) {
      write(location, "postgresql.auto.conf", "restore_command = 'false'\n");
      write(location, "recovery.signal", "");
    }
    this.#cluster = await openCluster(this.#folder, () => {});
  }

  async remove(): Promise<void> {
    await this.#cluster.stop();
    execFileSync("rm", ["-rf", this.#cluster.location, this.#folder]); // the one may lie outside of the other
  }

  async #with<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(this.url);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

/** Owners and all; what is removed while it copies (a temporary file, the log of the past) is not missed. */
function copy(from: string, to: string): void {
  const script = 'mkdir -p "$2" && cp -a "$1/." "$2" 2>/dev/null; rm -f "$2/postmaster.pid"';
  execFileSync("bash", ["-c", script, "copy", from, to]);
}

/** A file of the cluster's own account. */
function write(location: string, name: string, text: string): void {
  const { uid, gid } = statSync(join(location, "PG_VERSION"));
  writeFileSync(join(location, name), text, { mode: 0o600 });
  chownSync(join(location, name), uid, gid);
}
