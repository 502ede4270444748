import { BlockList, isIP, isIPv4 } from "node:net";

/** Networks of both families. Each address is looked up among those of its own: a BlockList finds an IPv4 address in `::/0` too. */
export interface Networks {
  readonly ipv4: BlockList;
  readonly ipv6: BlockList;
  readonly size: number;
}

/** Reads networks in CIDR notation; an address alone is a network of one. Throws the words "must be …" about all that are none. */
export function readNetworks(cidrs: readonly string[]): Networks {
  const networks = { ipv4: new BlockList(), ipv6: new BlockList(), size: cidrs.length };
  const faulty: string[] = [];
  for (const cidr of cidrs) {
    const [address = "", length, ...rest] = cidr.split("/");
    const width = isIPv4(address) ? 32 : 128;
    const prefix = length === undefined ? width : /^\d{1,3}$/.test(length) ? Number(length) : NaN;
    if (isIP(address) === 0 || address.includes("%") || rest.length > 0 || !(prefix <= width)) {
      faulty.push(cidr);
    } else if (BigInt.asUintN(width - prefix, bitsOf(address)) !== 0n) {
      faulty.push(`${cidr} (which begins in the middle of its network)`);
    } else networks[familyOf(address)].addSubnet(address, prefix, familyOf(address));
  }
  if (faulty.length > 0) {
    throw new Error(
      `must be networks such as 10.20.0.0/16, with commas between them, which this is not: ${faulty.join(", ")}`,
    );
  }
  return networks;
}

/** Whether one of the networks holds the address; false for what is no address, or has a zone. */
export const holds = (networks: Networks, address: string): boolean =>
  isIP(address) !== 0 && !address.includes("%") && networks[familyOf(address)].check(address, familyOf(address));

const familyOf = (address: string): "ipv4" | "ipv6" => (isIPv4(address) ? "ipv4" : "ipv6");

/** The address as one number: 32 bits of an IPv4 address, 128 of an IPv6 one. */
export function bitsOf(address: string): bigint {
  if (isIPv4(address)) return join(address.split(".").map(Number), 8n);
  const [before = [], after] = canonical(address)
    .split("::")
    .map((part) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16))));
  const zeros = after === undefined ? [] : Array<number>(8 - before.length - after.length).fill(0);
  return join([...before, ...zeros, ...(after ?? [])], 16n);
}
const join = (parts: readonly number[], width: bigint): bigint =>
  parts.reduce((bits, part) => (bits << width) | BigInt(part), 0n);

/** An address in the one spelling that comparisons need: the shortest, with no dots in an IPv6 one. */
export const canonical = (address: string): string =>
  isIPv4(address) ? address : new URL(`http://[${address}]/`).hostname.slice(1, -1);

/** The IPv4 address in the last 32 bits of an IPv6 one. */
export function embeddedIpv4(address: string): string {
  const bits = bitsOf(address);
  return [24n, 16n, 8n, 0n].map((shift) => Number((bits >> shift) & 255n)).join(".");
}
