import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bitsOf, canonical, embeddedIpv4, holds, readNetworks } from "./networks.ts";

const address = (width: 32 | 128, bits: bigint): string =>
  width === 32
    ? [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join(".")
    : Array.from({ length: 8 }, (_, at) => ((bits >> BigInt(112 - 16 * at)) & 0xffffn).toString(16)).join(":");

/** An address and a network that often holds it. */
const pairs = fc
  .record({
    width: fc.constantFrom<32 | 128>(32, 128),
    bits: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
    length: fc.nat(128),
    flip: fc.option(fc.nat(127)),
  })
  .map(({ width, bits, length, flip }) => {
    const prefix = BigInt(length % (width + 1));
    const own = BigInt.asUintN(width, bits);
    const rest = BigInt(width) - prefix;
    const other = flip === null ? own : own ^ (1n << BigInt(flip % width));
    return { width, own, other, prefix, network: (own >> rest) << rest, inside: own >> rest === other >> rest };
  });

test("a network holds the addresses that begin with its bits, of its own family only", () => {
  fc.assert(
    fc.property(pairs, ({ width, other, prefix, network, inside }) => {
      const networks = readNetworks([`${address(width, network)}/${prefix}`]);
      assert.equal(holds(networks, address(width, other)), inside);
    }),
    { numRuns: 2_000 },
  );
  assert.equal(holds(readNetworks(["::/0"]), "10.0.0.1"), false);
  assert.equal(holds(readNetworks(["0.0.0.0/0"]), "::ffff:10.0.0.1"), false);
  assert.equal(holds(readNetworks(["fe80::/10"]), "fe80::1%eth0"), false);
});

test("a network that begins in the middle of itself is refused, by its bits", () => {
  fc.assert(
    fc.property(pairs, ({ width, own, prefix, network }) => {
      const read = () => readNetworks([`${address(width, own)}/${prefix}`]);
      if (own === network) assert.equal(read().size, 1);
      else assert.throws(read, /begins in the middle/);
    }),
  );
});

test("an address is the same number in every spelling", () => {
  fc.assert(
    fc.property(pairs, ({ width, own }) => {
      assert.equal(bitsOf(address(width, own)), own);
      assert.equal(bitsOf(canonical(address(width, own))), own);
      assert.equal(embeddedIpv4(address(width, own)), address(32, BigInt.asUintN(32, own)));
    }),
  );
});
