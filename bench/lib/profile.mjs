/** Self time in milliseconds of each function of a CPU profile as V8 writes it, between two moments after its beginning. */
export function selfTimes({ nodes, samples, timeDeltas }, fromMs, toMs) {
  const byId = new Map(nodes.map((node) => [node.id, { ...node, ms: 0 }]));
  for (const node of nodes) for (const child of node.children ?? []) byId.get(child).parent = byId.get(node.id);
  let at = 0;
  for (const [n, id] of samples.entries()) {
    at += timeDeltas[n] / 1_000;
    if (at >= fromMs && at < toMs) byId.get(id).ms += timeDeltas[n] / 1_000;
  }
  return [...byId.values()]
    .filter(({ ms }) => ms > 0)
    .map((node) => ({
      name: node.callFrame.functionName || "(anonymous)",
      place: placeOf(node),
      caller: callerOf(node),
      file: fileOf(node),
      ms: node.ms,
    }));
}

/** A room of src/, a library, or a part of Node. What is native belongs to whoever called it. */
function placeOf(node) {
  const { url, functionName } = node.callFrame;
  if (functionName === "(idle)" || functionName === "(garbage collector)" || functionName === "(program)")
    return functionName;
  if (url === "") return node.parent === undefined ? "(root)" : placeOf(node.parent);
  const [, library] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (library !== undefined) return library;
  const [, room] = /\/dist\/(?:([^/]+)\/)?(?:[^/]+\/)*[^/]+\.js$/.exec(url) ?? [null, null];
  if (url.includes("/dist/")) return `src/${room ?? ""}`;
  const [, part] = /^node:(?:internal\/)?([^/]+)/.exec(url) ?? [];
  return part === undefined ? url : `node: ${part}`;
}

/** The room or library on whose behalf Node did it, as far as the stack tells. */
function callerOf(node) {
  const place = placeOf(node);
  const isOurs = !place.startsWith("node:") && place !== "(root)";
  if (isOurs || node.parent === undefined) return isOurs ? place : "node: by itself";
  return callerOf(node.parent);
}

const fileOf = ({ callFrame: { url, lineNumber } }) =>
  `${url.replace(/^.*\/(?:dist|node_modules)\//, "")}:${lineNumber + 1}`;

function sumBy(times, keyOf) {
  const sums = new Map();
  for (const time of times) {
    const key = keyOf(time);
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { ...time });
    else known.ms += time.ms;
  }
  return [...sums.values()].filter(({ place }) => place !== "(idle)").toSorted((a, b) => b.ms - a.ms);
}

/** Each place's own time, and its time together with what Node did for it. */
export function byPlace(times) {
  const own = new Map(sumBy(times, ({ place }) => place).map(({ place, ms }) => [place, ms]));
  const all = sumBy(times, ({ caller }) => caller).map(({ caller, ms }) => ({
    place: caller,
    ms: own.get(caller) ?? 0,
    withNodeMs: ms,
  }));
  const rest = [...own].filter(([place]) => !all.some((one) => one.place === place));
  return [...all, ...rest.map(([place, ms]) => ({ place, ms, withNodeMs: null }))];
}
export const byFunction = (times) =>
  sumBy(times, ({ name, file }) => `${name} ${file}`).map(({ name, place, file, ms }) => ({
    name: `${name} ${file}`,
    place,
    ms,
  }));
