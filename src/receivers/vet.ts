import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { canonical, embeddedIpv4, holds, type Networks } from "./networks.ts";
import { isLoopback, isTranslated, notReceivable, notGlobal } from "./special.ts";

/** What decides whether an address may be a receiver's. */
export interface Rules {
  /** Networks that the operator allows although they are not globally reachable. They never open loopback. */
  readonly allow: Networks;
  /** Whether this merchant's receiver may be on this machine. */
  readonly loopback: boolean;
  /** Ports of this server and its parts, and so of other servers of the installation too. */
  readonly ownPorts: readonly number[];
}

/** Why nothing may be sent to this address and port, in plain words; undefined: it may. */
export function vet(address: string, port: number, rules: Rules): string | undefined {
  if (isIP(address) === 0 || address.includes("%")) return "refused an address that cannot be read";
  const why = problem(address, port, rules);
  return why === undefined ? undefined : `refused address ${address}: ${why}`;
}

function problem(address: string, port: number, rules: Rules): string | undefined {
  const own = rules.ownPorts.includes(port);
  if (isLoopback(address) && rules.loopback) return own ? "a port of this server" : undefined;
  const never = notReceivable(address);
  if (never !== undefined) return never;
  const special = isTranslated(address) ? specialBehind(embeddedIpv4(address)) : notGlobal(address);
  if (own && (special !== undefined || isOwnAddress(address))) return "a port of this server";
  return special === undefined || holds(rules.allow, address) ? undefined : special;
}

const specialBehind = (ipv4: string): string | undefined => notReceivable(ipv4) ?? notGlobal(ipv4);

const isOwnAddress = (address: string): boolean =>
  Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some((own) => canonical(own.address) === canonical(address)),
  );
