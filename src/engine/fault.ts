/**
 * Why a command came to nothing that its caller may count on.
 * - `overloaded`, `too_late`: not looked at; nothing was written.
 * - `unavailable`: the database could not be reached or was full; nothing was written.
 * - `unknown`: COMMIT was sent and nobody can say what became of it. The caller repeats: names make that safe.
 * - `broken`: this command broke one of our own promises, or its data could not be stored; nothing was written.
 */
export class CommitFault extends Error {
  override readonly name = "CommitFault";
  readonly kind: "overloaded" | "too_late" | "unavailable" | "unknown" | "broken";
  constructor(kind: CommitFault["kind"], cause?: unknown) {
    super(`the command was not committed: ${kind}`, { cause });
    this.kind = kind;
  }
}
