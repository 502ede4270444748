// The crash test: real processes, killed, paused and cut off under load, and three books compared at rest (docs/torture.md).
import { buildIfStale } from "../bin/build.mjs";

await buildIfStale();
const words = process.argv.slice(2);
if (words.includes("--webhooks")) {
  const { main } = await import("../dist/torture/webhooks/main.js");
  process.exitCode = await main(words);
} else {
  const { Disburse } = await import("../client/dist/index.js");
  const { main } = await import("../dist/torture/main.js");
  process.exitCode = await main(words, Disburse);
}
