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
export async function plant({ name, file, find, replace }: Planted): Promise<Garden> {
  const source = readFileSync(join(root, "src", file), "utf8");
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`${name}: its place is ${parts.length - 1} times in src/${file}, not once`);
  const { default: ts } = await import("typescript");
  const options = {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    rewriteRelativeImportExtensions: true,
  };
  const imports = file === "payments.ts" ? 'import { takeAnswer } from "./flow/answer.ts";\n' : "";
  const { outputText } = ts.transpileModule(imports + parts.join(replace), { compilerOptions: options });
  const folder = mkdtempSync(join(tmpdir(), "disburse-planted-"));
  cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "dist", file.replace(/\.ts$/, ".js")), outputText);
  return {
    worker: pathToFileURL(join(folder, "dist/simulator/worker.js")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
