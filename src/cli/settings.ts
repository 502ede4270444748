import { Option } from "commander";
import { readConfig, type Config } from "../config.ts";
import type { Terminal } from "./terminal.ts";

/** What can be said on the command line instead of in the environment. */
export interface Overrides {
  readonly data?: string;
  readonly host?: string;
  readonly port?: string;
}

export const dataOption = new Option("--data <folder>", "the data folder (DISBURSE_DATA_DIR, else ./data)");
export const jsonOption = new Option("--json", "answer in JSON");

/** The environment's settings, with the options of the command line before them. */
export const configOf = ({ environment }: Terminal, { data, host, port }: Overrides): Config =>
  readConfig({
    ...environment,
    ...(data === undefined ? {} : { DISBURSE_DATA_DIR: data }),
    ...(host === undefined ? {} : { HOST: host }),
    ...(port === undefined ? {} : { PORT: port }),
  });
