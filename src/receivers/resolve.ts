import { lookup, Resolver } from "node:dns/promises";
import type { Resolve } from "./connect.ts";

/**
 * Asks the name servers of this machine. `hosts`: what they do not tell is asked of the system too, which reads /etc/hosts and
 * knows search domains. Not for everybody's names: the system answers two at a time, so that two slow names keep everybody waiting.
 * `servers`: others than this machine's, as `address:port`.
 */
export function nameServers({ hosts, servers }: { hosts: boolean; servers?: readonly string[] }): Resolve {
  return async (name) => {
    const resolver = new Resolver({ timeout: 2_000, tries: 2 }); // a new one knows what resolv.conf says now
    if (servers !== undefined) resolver.setServers(servers);
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    if (addresses.length > 0) return addresses;
    if (hosts) return (await lookup(name, { all: true })).map(({ address }) => address);
    throw (answers.find((answer) => answer.status === "rejected")?.reason as Error | undefined) ?? noAddress();
  };
}

const noAddress = () => Object.assign(new Error("no address"), { code: "ENODATA" });
