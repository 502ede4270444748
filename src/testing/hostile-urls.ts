const words = (text: string): string[] => text.trim().split(/\s+/);

/** Addresses that no webhook may reach. */
const hostileIpv4 = words(`
  127.0.0.1 127.1.2.3 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.254 192.168.0.1
  192.168.255.255 169.254.169.254 169.254.170.2 100.64.0.1 100.100.100.200 100.127.255.255 192.0.0.1 192.0.0.192
  192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1
  255.255.255.254 255.255.255.255 168.63.129.16
`);

const hostileIpv6 = words(`
  :: ::1 ::2 ::7f00:1 ::ffff:0:1 ::ffff:7f00:1 ::ffff:a00:1 ::ffff:808:808 ::ffff:0:a00:1 64:ff9b::7f00:1
  64:ff9b::a9fe:a9fe 64:ff9b:: 64:ff9b:1::1 64:ff9b:1:ffff::a00:1 64:ff9b:0:1::808:808 100::1 100:0:0:1::1 2001::1
  2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1 2001:2::1 2001:10::1 2001:20::1 2001:30::1 2001:db8::1 2001:1ff:ffff::1
  2002:7f00:1:: 2002:a9fe:a9fe::1 2002:808:808::1 3fff::1 3fff:fff:ffff::1 4000::1 5f00::1 8000::1 fc00::1 fd00:ec2::254
  fd12:3456:789a::1 fdff:ffff::1 fe00::1 fe80::1 fe80::a9fe:a9fe febf::1 fec0::1 feff::1 ff02::1 ff0e::1 200::1
`);

const parts = (address: string): number[] => address.split(".").map(Number);
const whole = (address: string): number => parts(address).reduce((sum, part) => sum * 256 + part, 0);
const shifted = (text: string, zero: number): string =>
  text.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
const hex = (value: number): string => value.toString(16);
const groups = (address: string): string => `${hex(whole(address) >>> 16)}:${hex(whole(address) & 0xffff)}`;

/** Hosts that mean `address` to some reader of URLs. */
function spellingsOf(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = parts(address);
  return [
    address,
    `${address}.`,
    String(whole(address)),
    `0x${hex(whole(address))}`,
    `0X${hex(whole(address)).toUpperCase()}`,
    `0${whole(address).toString(8)}`,
    parts(address)
      .map((part) => `0${part.toString(8)}`)
      .join("."),
    parts(address)
      .map((part) => `000${part.toString(8)}`)
      .join("."),
    parts(address)
      .map((part) => `0x${hex(part)}`)
      .join("."),
    `${a}.0x${hex(b)}.0${c.toString(8)}.${d}`,
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    shifted(address, 0xff10), // full-width digits
    address.replaceAll(".", "\u3002"), // ideographic full stops
    address.replaceAll(".", "\uff0e"),
    address.replaceAll(".", "%2e"),
    address.replaceAll(/\d/g, (digit) => `%3${digit}`),
    shifted(address, 0x1d7ce), // mathematical bold digits
    `[::ffff:${address}]`,
    `[::ffff:${groups(address)}]`,
    `[0:0:0:0:0:FFFF:${groups(address).toUpperCase()}]`,
    `[::${address}]`,
    `[::ffff:0:${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${address}]`,
    `[2002:${groups(address)}::1]`,
    `[2001:0:1:2:3:4:${hex((whole(address) >>> 16) ^ 0xffff)}:${hex((whole(address) & 0xffff) ^ 0xffff)}]`,
    `user@${address}`,
    `shop.example@${address}`,
    `${address}:8443`,
  ];
}

const ipv6SpellingsOf = (address: string): string[] => [
  `[${address}]`,
  `[${address.toUpperCase()}]:8080`,
  `[${address}%25eth0]`,
  `[${address}%eth0]`,
  `shop.example:x@[${address}]`,
];

/** Written by hand: schemes, readers that disagree about where the host is, and names. */
const written = String.raw`
ftp://shop.example/
file:///etc/passwd
file://shop.example/etc/passwd
gopher://shop.example:6379/_FLUSHALL
dict://shop.example:11211/stat
ldap://shop.example/
javascript:alert(1)
data:text/plain,hello
ws://shop.example/
wss://shop.example/
blob:https://shop.example/1
unix:/var/run/docker.sock
http+unix://%2Fvar%2Frun%2Fdocker.sock/info
jar:http://shop.example!/
about:blank
mailto:merchant@shop.example
shop.example
//shop.example/
/hook
http:shop.example
http:/shop.example/
http:///shop.example/
https:
https://
https:///
https://?
https://#
https://:443/
https://.
https://..
https://.shop.example/
https://shop..example/
https://shop.example:0/
https://shop.example:00/
https://shop.example:65536/
https://shop.example:99999/
https://shop.example:-1/
https://shop.example:http/
https://shop.example:443:80/
https://shop.example/#part
https://shop.example#
https://user@shop.example/
https://user:secret@shop.example/
https://:secret@shop.example/
https://@shop.example/
https://:@shop.example/
https://shop.example%00.evil.example/
https://shop.example%0d%0aHost:evil.example/
https://shop.example%2f@127.0.0.1/
https://127.0.0.1#@shop.example/
https://shop.example@127.0.0.1/
https://shop.example\@127.0.0.1/
https://shop.example\.evil.example/
https:\\shop.example\
http:\/\/127.0.0.1/
https://shop.example/a b
https://shop exa.mple/
https://sh%6fp.example/
https://[shop.example]/
https://[::1
https://::1/
https://[::1]extra/
https://[v1.fe80::a]/
https://[::1%25lo]/
https://[fe80::1%251]/
https://1.2.3.4.5/
https://256.256.256.256/
https://1.2.3.256/
https://0x100000000/
https://4294967296/
https://134744072/
https://0x8.0x8.0x8.0x8/
https://010.010.010.010/
https://8.8.2056/
https://8.8.8.8./
https://08.8.8.8/
https://8.8.8.0x8/
https://shop.example.1/
https://127.1/
https://127.0.1/
https://127.0.0.1.:80/
https://0/
https://0x0/
https://00/
https://localhost/
https://localhost./
https://LOCALHOST/
https://LocalHost:8080/
https://a.localhost/
https://a.b.localhost./
https://loc%61lhost/
https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/
https://ｌｏｃａｌｈｏｓｔ/
https://local­host/
https://localhost。/
https://metadata.google.internal/
https://metadata.google.internal./computeMetadata/v1/
https://METADATA.GOOGLE.INTERNAL/
https://metadata/
https://metadata.goog/
https://instance-data/
https://instance-data./latest/meta-data/
https://vault.internal/
https://a.b.internal./
https://internal/
https://printer.local/
https://db.svc.cluster.local:5432/
https://router.home.arpa/
https://host.localdomain/
https://wiki.intranet/
https://expyuzz4wqqyqhjn.onion/
https://nothing.invalid/
https://shop.test/
https://host.docker.internal:8080/
https://kubernetes.docker.internal/
https://shop!.example/
https://shop$.example/
https://shop*.example/
https://(shop).example/
https://shop,example/
https://shop;example/
https://shop=example/
https://'shop'.example/
https://shop&x.example/
https://shop+x.example/
https://①②⑦.⓪.⓪.①/
https://①⑥⑨.②⑤④.①⑥⑨.②⑤④/
https://𝟏𝟐𝟕.𝟎.𝟎.𝟏/
https://xn--/
`
  .split("\n")
  .filter((line) => line !== "");

const longName = Array<string>(5).fill("a".repeat(60)).join(".");
const unprintable = [
  "https://shop.example/\r\nX-Injected: 1",
  "https://shop.exa\tmple/",
  "https://shop.exa\nmple/",
  " https://shop.example/",
  "https://shop.example/ ",
  "\u0000https://shop.example/",
  "https://shop.example/\u0000",
  "https://shop.example/\u202egnp.exe",
  "https://shop\u200b.example/",
  "https://shop.exam\u2060ple/",
  "\ufeffhttps://shop.example/",
  "https://shop.example\u3000/",
  "",
  " ",
  "https://" + longName + "/",
  `https://${"a".repeat(64)}.example/`,
  `https://shop.example/${"a".repeat(2_048)}`,
];

/** URLs that none may be called, and that need no name looked up to be refused. */
export const hostileUrls: readonly string[] = [
  ...hostileIpv4.flatMap((address) => spellingsOf(address).map((host) => `http://${host}/hook`)),
  ...hostileIpv4.flatMap((address) => spellingsOf(address).map((host) => `HTTPS://${host}`)),
  ...hostileIpv6.flatMap((address) => ipv6SpellingsOf(address).map((host) => `https://${host}/hook?a=1`)),
  ...written,
  ...unprintable,
];

/** Every hostile address, for names that are found to have it. */
export const hostileAddresses: readonly string[] = [
  ...hostileIpv4,
  ...hostileIpv6,
  ...hostileIpv4.map((address) => `::ffff:${address}`),
  "fe80::1%eth0",
  "8.8.8.8%1",
  "no address",
  "",
];
