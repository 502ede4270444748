// What a run starts, it ends: at its end, when it fails, and on Ctrl-C.
const undos = [];
let ending;

/** `undo` runs at the end, last come first. The answer runs it now. */
export function atEnd(undo) {
  const once = () => {
    undos.splice(undos.indexOf(once) >>> 0, 1);
    return undo();
  };
  undos.push(once);
  return once;
}

export function endAll() {
  ending ??= (async () => {
    while (undos.length > 0) await Promise.resolve(undos.at(-1)()).catch((error) => console.error(String(error)));
  })();
  return ending;
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
]) {
  process.on(signal, () => {
    console.error("\nending …");
    void endAll().then(() => process.exit(code));
  });
}
