/** A JSON Schema of 2020-12, as OpenAPI 3.1 has them. */
export type Schema = Readonly<Record<string, unknown>>;
/** Members by name; one that may be left out has a `?` behind its name. */
export type Members = Readonly<Record<string, Schema>>;

const nameOf = (member: string): string => member.replace(/\?$/, "");
export const isOptional = (member: string): boolean => member.endsWith("?");

function object(members: Members): Schema {
  const required = Object.keys(members).filter((member) => !isOptional(member));
  const properties = Object.fromEntries(Object.entries(members).map(([member, schema]) => [nameOf(member), schema]));
  return { type: "object", ...(required.length > 0 && { required }), properties };
}

/** What we answer: these members and no others, so that a member which should not be there is seen. */
export const closed = (members: Members): Schema => ({ ...object(members), additionalProperties: false });

/** What we are asked: members that are not named are ignored. */
export const body = object;

/** A map whose names are not ours to fix. `says` why. */
export const free = (says: string): Schema => ({ type: "object", additionalProperties: true, description: says });

export const listOf = (items: Schema, more: Schema = {}): Schema => ({ type: "array", items, ...more });
export const oneOf = (...values: readonly string[]): Schema => ({ type: "string", enum: values });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
/** The same with some members narrowed. */
export const narrowed = (schema: Schema, members: Members): Schema => ({ allOf: [schema, { properties: members }] });

export const text: Schema = { type: "string" };
export const upTo = (maxLength: number): Schema => ({ type: "string", maxLength });
export const like = (pattern: RegExp, more: Schema = {}): Schema => ({
  type: "string",
  pattern: pattern.source,
  ...more,
});
export const flag: Schema = { type: "boolean" };
export const integer = (minimum?: number, maximum?: number): Schema => ({
  type: "integer",
  ...(minimum !== undefined && { minimum }),
  ...(maximum !== undefined && { maximum }),
});
export const int32 = (minimum: number): Schema => ({ ...integer(minimum, 2_147_483_647), format: "int32" });
export const instant: Schema = { type: "string", format: "date-time" };
export const uri: Schema = { type: "string", format: "uri" };
/** The same with words about it. */
export const saying = (schema: Schema, description: string): Schema => ({ ...schema, description });
