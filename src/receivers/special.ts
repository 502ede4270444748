import { holds, readNetworks, type Networks } from "./networks.ts";

/**
 * Networks in which no receiver is, unless the operator says so, with what they are.
 *
 * Source: IANA, IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190) as of October 2024 and RFC 9780:
 *   everything that they do not call globally reachable, and of 192.0.0.0/24 and 2001::/23 also the few addresses that they do;
 *   IANA's registries of multicast addresses; deprecated tunnels (RFC 7526, RFC 4380). One public address is in it too.
 */
const special: Readonly<Record<string, readonly string[]>> = {
  "a private network": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"],
  "link-local, where clouds keep their secrets": ["169.254.0.0/16", "fe80::/10"],
  "shared by a carrier's customers": ["100.64.0.0/10"],
  "for protocols": ["192.0.0.0/24", "2001::/23", "100::/64", "100:0:0:1::/64"],
  "for documentation": ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"],
  "for measurements": ["198.18.0.0/15"],
  "a tunnel": ["192.88.99.0/24", "2002::/16", "64:ff9b:1::/48"],
  multicast: ["224.0.0.0/4", "ff00::/8"],
  reserved: ["240.0.0.0/4", "5f00::/16"],
  "a cloud's own service": ["168.63.129.16"], // Azure's, for every machine in it
};

/** Addresses that mean this machine, or one of the other family: whatever the operator allows, they are no receiver's. */
const never: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1"],
  "no address of a receiver": ["0.0.0.0/8", "255.255.255.255", "::"],
  "an IPv4 address in the guise of IPv6": ["::/96", "::ffff:0:0/96", "::ffff:0:0:0/96"],
};

const rows = (table: Readonly<Record<string, readonly string[]>>): readonly [string, Networks][] =>
  Object.entries(table).map(([what, cidrs]) => [what, readNetworks(cidrs)]);
const specialRows = rows(special);
const neverRows = rows(never);
const within = (table: readonly [string, Networks][], address: string): string | undefined =>
  table.find(([, networks]) => holds(networks, address))?.[0];

const loopback = readNetworks(never.loopback!);
const translated = readNetworks(["64:ff9b::/96"]);
const globalIpv6 = readNetworks(["2000::/3"]);
const ipv4 = readNetworks(["0.0.0.0/0"]);

export const isLoopback = (address: string): boolean => holds(loopback, address);

/** Whether an IPv6 address stands for the IPv4 one in its last 32 bits, by way of a translator (RFC 6052). */
export const isTranslated = (address: string): boolean => holds(translated, address);

/** What an address is that is nobody's receiver, even in a network that is allowed; undefined: not so. */
export const notReceivable = (address: string): string | undefined => within(neverRows, address);

/** What an address is that is not globally reachable; undefined: it is. IPv6 is so far handed out from 2000::/3 alone. */
export function notGlobal(address: string): string | undefined {
  const what = within(specialRows, address);
  if (what !== undefined || holds(ipv4, address) || holds(globalIpv6, address)) return what;
  return "not an address of the IPv6 internet";
}
