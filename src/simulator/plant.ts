import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Planted } from "./planted.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A copy of the compiled program with one bug in it. */
export interface Garden {
  readonly worker: URL;
  remove(): void;
}

/** Plants a bug in a copy of the program. Throws when the place is not there, or not once: then the bug has to be written anew. */
export async function plant({ name, edits }: Planted): Promise<Garden> {
  const folder = mkdtempSync(join(tmpdir(), "disburse-planted-"));
  cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "client"), join(folder, "client"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const sources = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    const parts = (sources.get(file) ?? readFileSync(join(root, "src", file), "utf8")).split(find);
    if (parts.length !== 2) throw new Error(`${name}: its place is ${parts.length - 1} times in src/${file}, not once`);
    sources.set(file, parts.join(replace));
  }
  const { default: ts } = await import("typescript");
  const options = {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    rewriteRelativeImportExtensions: true,
  };
  for (const [file, source] of sources)
    writeFileSync(
      join(folder, "dist", file.replace(/\.ts$/, ".js")),
      ts.transpileModule(source, { compilerOptions: options }).outputText,
    );
  return {
    worker: pathToFileURL(join(folder, "dist/simulator/worker.js")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
