/** Whatever would make two runs of one seed differ throws: in a simulation time and chance come from the seed alone. */
export function withoutTheOutside(): void {
  const forbidden = (what: string) => (): never => {
    throw new Error(`the simulated code asked the machine for ${what}`);
  };
  Date.now = forbidden("the time");
  Math.random = forbidden("chance");
  performance.now = forbidden("the time");
  globalThis.fetch = forbidden("the network");
  globalThis.setTimeout = forbidden("a timer") as unknown as typeof setTimeout;
  globalThis.setInterval = forbidden("a timer");
}
