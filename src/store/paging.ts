import type pg from "pg";
import { instant, type Conditions } from "./conditions.ts";
import { run } from "./db.ts";
import type { Page, Position } from "./filters.ts";
import type { Row } from "./read.ts";

/** Where the instant stands that limits and sorts, and the id that tells its equals apart: columns, never input. */
interface Columns {
  readonly at: `${string}.${string}_at`;
  readonly id: `${string}.${string}`;
}
type Range = { readonly from: number; readonly to: number; readonly after: Position | null; readonly size: number };

/**
 * One page of a list, newest first. The place of the last row (its instant and id) begins the next page, so a page costs the
 * same however far down it is, and rows that come in meanwhile shift nothing.
 */
export async function readPage(
  client: pg.ClientBase,
  select: string,
  where: Conditions,
  { at, id }: Columns,
  { from, to, after, size }: Range,
): Promise<Page<Row>> {
  where.on(from, (place) => `${at} >= ${instant(place)}`).on(to, (place) => `${at} < ${instant(place)}`);
  if (after !== null) {
    const [lastAt, lastId] = [where.place(after.at), where.place(after.id)];
    where.add(`(${at}, ${id}) < (${instant(lastAt)}, ${lastId})`);
  }
  const limit = where.place(size + 1); // one more tells whether there is a next page
  const text = `${select} where ${where.text} order by ${at} desc, ${id} desc limit ${limit}`;
  const { rows } = await run<Row>(client, text, where.values);
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  const more = rows.length > size;
  const column = (name: string) => last?.[name.slice(name.indexOf(".") + 1)];
  return { rows: shown, next: more ? { at: column(at), id: column(id) } : null };
}
