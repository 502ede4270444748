#!/usr/bin/env -S node --max-semi-space-size=16
import { buildIfStale } from "./build.mjs";

await buildIfStale();
const { main } = await import("../dist/cli/main.js");
await main(process.argv);
