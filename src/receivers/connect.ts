import { isIP, isIPv4, type Socket } from "node:net";
import { buildConnector } from "undici";
import { isLocalhost } from "./url.ts";
import { vet, type Rules } from "./vet.ts";

/** All addresses of a name. Rejects with an error that has a code when there are none. */
export type Resolve = (name: string) => Promise<readonly string[]>;
/** Opens a connection to the address in `hostname`; for TLS, to whom `servername` (or the address) is on the certificate. */
export type Connect = buildConnector.connector;

/** The address, or one of the addresses, is not one to send anything to. */
export class RefusedAddress extends Error {
  override readonly name = "RefusedAddress";
}

/** Two addresses beside the first, so that a machine without IPv6, or a receiver half down, is reached all the same. */
const mostAddresses = 3;

/** For one address: the handshakes of TCP and TLS. */
const connectMs = 4_000;

/** TLS as the internet does it. Sessions are not resumed: a resumed one is not checked for the name on its certificate again. */
export const overSockets: Connect = buildConnector({
  timeout: connectMs,
  maxCachedSessions: 0,
  rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
});

/**
 * Connections to vetted addresses only: a name is looked up once for each connection, one bad address among its addresses
 * refuses all, and the socket goes to an address that was vetted, never to the name.
 */
export function vettedConnect(rules: () => Rules, resolve: Resolve, connect: Connect): Connect {
  const open = async (options: buildConnector.Options): Promise<Socket> => {
    const name = options.hostname.replace(/\.$/, "");
    const port = options.port === "" ? (options.protocol === "https:" ? 443 : 80) : Number(options.port);
    const addresses = await addressesOf(name, resolve);
    const judge = rules();
    for (const address of addresses) {
      const why = vet(address, port, judge);
      if (why !== undefined) throw new RefusedAddress(why);
    }
    const servername = isIP(name) === 0 ? { servername: name } : {};
    let fault: Error | undefined;
    for (const address of addresses.slice(0, mostAddresses)) {
      try {
        return await connected(connect, { ...options, ...servername, hostname: address });
      } catch (error) {
        fault = error as Error;
      }
    }
    throw fault ?? Object.assign(new Error("no address"), { code: "ENODATA" });
  };
  const tell = async (options: buildConnector.Options, done: buildConnector.Callback): Promise<void> => {
    let socket: Socket;
    try {
      socket = await open(options);
    } catch (error) {
      return done(error as Error, null);
    }
    done(null, socket);
  };
  return (options, done) => void tell(options, done);
}

async function addressesOf(name: string, resolve: Resolve): Promise<readonly string[]> {
  if (isIP(name) !== 0) return [name];
  if (isLocalhost(name)) return ["127.0.0.1", "::1"];
  const addresses = [...new Set(await resolve(name))];
  return [...addresses.filter((address) => isIPv4(address)), ...addresses.filter((address) => !isIPv4(address))];
}

const connected = (connect: Connect, options: buildConnector.Options): Promise<Socket> =>
  new Promise((resolve, reject) => {
    connect(options, (error, socket) => (error === null ? resolve(socket) : reject(error)));
  });
