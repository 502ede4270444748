import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

/** What Chromium is called, and by whom. */
const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const places = (process.env["PATH"] ?? "").split(delimiter);

export const browserProgram = names
  .flatMap((name) => places.map((place) => join(place, name)))
  .find((file) => existsSync(file));

/** Why a test with a browser cannot run here; false: it can. */
export const withoutBrowser: string | false =
  browserProgram === undefined ? "SKIPPED: chromium is not installed (apt-get install chromium)" : false;

/** A real browser without a window. As root, Chromium has no sandbox to run in. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: browserProgram!,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
