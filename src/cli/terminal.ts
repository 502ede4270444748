import { ConfigFault } from "../config.ts";
import { ClusterProblem } from "../embedded/problem.ts";
import { SetupProblem } from "../setup-problem.ts";
import { MigrationProblem } from "../store/migrate.ts";

/** Where a command says what it has to say, and what it can see of the world. */
export interface Terminal {
  /** A line of the command's result, on standard output. */
  say(line: string): void;
  /** A line for whoever watches, on standard error. */
  note(line: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Resolves when the command shall come to an end (Ctrl-C). */
  readonly stopped: Promise<void>;
}

/** The command cannot do what it was asked to; the message says why and what to do. */
export class CommandProblem extends Error {
  override readonly name = "CommandProblem";
}

/** What is told in its own words, without a stack trace: a problem of the surroundings, not a fault of the program. */
const problems = [CommandProblem, ConfigFault, ClusterProblem, SetupProblem, MigrationProblem];

export const isProblem = (error: unknown): error is Error => problems.some((problem) => error instanceof problem);

/** Rows as columns of text, each as wide as it has to be. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
