/** The embedded database cannot be opened. The message is for the person who started the server: what happened, and what
 *  to do about it. It needs no stack trace beside it. */
export class ClusterProblem extends Error {
  override readonly name = "ClusterProblem";
}

/** The code of a system error (`ENOENT`), or nothing. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const ofTheFolder = new Set(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "ENOTDIR", "EEXIST"]);

/** `error` in words that name the folder, when the file system gave it; otherwise unchanged. */
export function aboutFolder(error: unknown, folder: string): unknown {
  if (error instanceof ClusterProblem || !(error instanceof Error) || !ofTheFolder.has(codeOf(error) ?? "")) {
    return error;
  }
  return new ClusterProblem(
    `The data folder ${folder} cannot be used: ${error.message}. ` +
      "It must be a folder that the server's user may write to, on a disk with room. " +
      "Start the server as the folder's owner, or name another folder.",
    { cause: error },
  );
}
