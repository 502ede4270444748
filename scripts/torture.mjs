// The crash test: real processes, killed, paused and cut off under load, and three books compared at rest (docs/torture.md).
import { buildIfStale } from "../bin/build.mjs";

await buildIfStale();
const { Disburse } = await import("../client/dist/index.js");
const { main } = await import("../dist/torture/main.js");
process.exitCode = await main(process.argv.slice(2), Disburse);
