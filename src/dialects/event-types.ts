import type { Topic } from "../core/notice.ts";

/** The events of an API, and what each stands for in ours. */
export interface EventTypes {
  /** All of them, in the order in which documents list them. */
  readonly names: readonly string[];
  /** What an endpoint is told that asked for these; null: for all that are usual. Names that are none of this API's count for nothing. */
  topicsOf(names: readonly string[] | null): Topic[];
  /** What the API calls it; undefined: it has no word for it. */
  nameOf(topic: Topic): string | undefined;
}

/** `usual`: what an endpoint is told that did not choose. A topic has one name at most. */
export function eventTypes(
  types: Readonly<Record<string, readonly Topic[]>>,
  usual: readonly string[] = Object.keys(types),
): EventTypes {
  const names = Object.keys(types);
  const byTopic = new Map(names.flatMap((name) => types[name]!.map((topic) => [topic, name] as const)));
  return {
    names,
    topicsOf: (wanted) => names.filter((name) => (wanted ?? usual).includes(name)).flatMap((name) => types[name]!),
    nameOf: (topic) => byTopic.get(topic),
  };
}
