import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const program = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"]
  .map((folder) => join(folder, "pgbouncer"))
  .find((path) => existsSync(path));

/** Why there is no PgBouncer to test with; false when there is one. */
export const noBouncer: string | false =
  program === undefined ? "SKIPPED: pgbouncer is not installed (apt-get install pgbouncer)" : false;

/** A PgBouncer in transaction mode: few sessions of PostgreSQL, shared by many clients. */
export interface Bouncer {
  readonly url: string;
  /** `kill -9`: all its connections are cut at once. */
  kill(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** `target`: the URL of a database. `sessions`: how many of PostgreSQL it shares out. */
export async function openBouncer(target: string, sessions: number): Promise<Bouncer> {
  const to = new URL(target);
  const folder = mkdtempSync(join(tmpdir(), "disburse-bouncer-"));
  const port = await freePort();
  const user = decodeURIComponent(to.username);
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const settings = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    auth_type: "scram-sha-256",
    auth_file: join(folder, "users"),
    pool_mode: "transaction",
    default_pool_size: sessions,
    max_client_conn: 200,
    unix_socket_dir: "",
  };
  writeFileSync(join(folder, "users"), `${quoted(user)} ${quoted(decodeURIComponent(to.password))}\n`);
  writeFileSync(
    join(folder, "settings"),
    `[databases]\n* = host=${to.hostname} port=${to.port}\n[pgbouncer]\n${Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join("")}`,
  );
  const isRoot = process.getuid?.() === 0; // it refuses to run as root
  for (const path of [folder, join(folder, "users"), join(folder, "settings")]) {
    chmodSync(path, 0o700);
    if (isRoot) chownSync(path, nobody, nobody);
  }

  let child: ChildProcess;
  const kill = async (): Promise<void> => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  const start = async (): Promise<void> => {
    child = spawn(program!, ["-q", join(folder, "settings")], {
      stdio: ["ignore", "ignore", "inherit"],
      ...(isRoot ? { uid: nobody, gid: nobody } : {}),
    });
    while (!(await accepts(port))) await delay(10);
  };
  await start();
  const url = new URL(target);
  [url.hostname, url.port] = ["127.0.0.1", String(port)];
  const close = async () => {
    await kill();
    rmSync(folder, { recursive: true });
  };
  return { url: url.href, kill, start, close };
}

const nobody = 65_534;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const tell = (yes: boolean) => () => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("connect", tell(true)).once("error", tell(false));
  });
