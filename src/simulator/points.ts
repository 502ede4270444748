/** The named places at which a process reaches outside itself: it may be killed or paused before and after each. */
const places = [
  "http",
  "db.open",
  "db.begin",
  "db.lock",
  "db.write",
  "db.commit",
  "db.status",
  "db.rollback",
  "read.due",
  "read.vault",
  "read.attempt",
  "read.cursor",
  "read.story",
  "save.cursor",
  "rail.send",
  "rail.find",
  "rail.list",
] as const;
export type Place = (typeof places)[number];

export const points: readonly string[] = places.flatMap((place) => [`${place}.before`, `${place}.after`]);
