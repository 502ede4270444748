import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { default as addFormats } from "ajv-formats";
import { describe } from "../dialects/openapi/describe.ts";
import { apis } from "../dialects/openapi/openapi.ts";

/** What a server answered during the tests, as scripts/answers.mjs wrote it down. */
export interface Answer {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** The route that took it; null: none did. */
  readonly route: string | null;
  /** In the way of the Worldline API. */
  readonly signed: boolean;
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

interface Response {
  readonly headers: Readonly<Record<string, { readonly required?: boolean; readonly $ref?: string }>>;
  readonly content?: Readonly<Record<string, unknown>>;
}
type Name = "frisbii" | "worldline";
type Document = ReturnType<typeof describe>;

/** Holds answers against the descriptions, and remembers which operations it has seen succeed. */
export class Judge {
  readonly #documents: Readonly<Record<Name, Document>>;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #seen = new Set<string>();

  constructor() {
    (addFormats as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    this.#documents = { frisbii: describe(apis.frisbii, "0"), worldline: describe(apis.worldline, "0") };
    for (const [name, document] of Object.entries(this.#documents)) this.#ajv.addSchema(document, name);
  }

  /** Operations that were never seen to succeed. */
  get unseen(): string[] {
    const all = Object.values({ ...apis.frisbii.operations, ...apis.worldline.operations });
    const names = Object.keys({ ...apis.frisbii.operations, ...apis.worldline.operations });
    return names.filter((name, at) => Object.keys(all[at]!.answers).length > 0 && !this.#seen.has(name));
  }

  /** What is wrong with an answer. */
  faultsOf(answer: Answer): string[] {
    const name = nameOf(answer);
    const found = this.#responseOf(name, answer);
    if (typeof found === "string") return [found];
    if (answer.status < 300) this.#seen.add(`${answer.method} ${answer.route}`);
    return [...headerFaults(this.#documents[name], answer, found.response), ...this.#bodyFaults(answer, name, found)];
  }

  #responseOf(
    name: Name,
    { method, route, status, path: answerPath }: Answer,
  ): { response: Response; pointer: string } | string {
    const document = this.#documents[name];
    const path = route?.replaceAll(/:(\w+)/g, "{$1}") ?? "";
    const verb = (method === "HEAD" ? "GET" : method).toLowerCase();
    const responses = (document.paths[path]?.[verb] as { responses: Record<string, object> } | undefined)?.responses;
    const refusal = `Refused${status}`;
    if (responses === undefined) {
      // No route took it: whatever status a refusal has, it has the refusals' form.
      const response = Object.values(document.components.responses)[0] as Response;
      const pointer = errorOf(name, answerPath).slice(1);
      return status < 400 ? "is no refusal, at a path that is not described" : { response, pointer };
    }
    const response = responses[status];
    if (response === undefined) return `the status is not described: ${Object.keys(responses).join(", ")} are`;
    const inPlace = `/paths/${pointed(path)}/${verb}/responses/${status}`;
    return "$ref" in response
      ? {
          response: (document.components.responses as Record<string, Response>)[refusal]!,
          pointer: `/components/responses/${refusal}${schemaIn}`,
        }
      : { response: response as Response, pointer: `${inPlace}${schemaIn}` };
  }

  #bodyFaults(
    { method, body }: Answer,
    name: Name,
    { response, pointer }: { response: Response; pointer: string },
  ): string[] {
    if (method === "HEAD") return [];
    if (response.content === undefined) return body === "" ? [] : ["there is a body where none is described"];
    const value = parsed(body);
    if (value === undefined) return ["the body is not JSON"];
    const validate = this.#validatorOf(`${name}#${pointer}`);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
    );
  }

  #validatorOf($ref: string): ValidateFunction {
    const known = this.#validators.get($ref);
    if (known !== undefined) return known;
    const made = this.#ajv.compile({ $ref });
    this.#validators.set($ref, made);
    return made;
  }
}

/** The API that an answer is of: that of its route, or the one that claims its path. */
function nameOf({ method, route, path, signed }: Answer): Name {
  const operation = `${method === "HEAD" ? "GET" : method} ${route}`;
  const spoken = names.find((name) => Object.hasOwn(apis[name].operations, operation));
  return spoken ?? (/^\/v1\/\d+(?:\/|$)/.test(path) || signed ? "worldline" : "frisbii");
}
const names: readonly Name[] = ["frisbii", "worldline"];

/** The form of refusals at a path: some paths have one of their own, also for methods that they do not take. */
function errorOf(name: Name, path: string): string {
  const here = Object.entries(apis[name].operations).find(([operation]) => operation.endsWith(` ${path}`));
  const own = here?.[1].error?.["$ref"];
  return typeof own === "string"
    ? own
    : `#/components/schemas/${{ frisbii: "Error", worldline: "ErrorResponse" }[name]}`;
}

const schemaIn = "/content/application~1json/schema";
const pointed = (path: string): string =>
  encodeURIComponent(path.replaceAll("~", "~0").replaceAll("/", "~1")).replaceAll("~", "~");

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function headerFaults({ components }: Document, { headers }: Answer, response: Response): string[] {
  return Object.entries(response.headers).flatMap(([name, described]) => {
    const { required, schema } = (described.$ref === undefined ? described : components.headers.requestId) as {
      required?: boolean;
      schema: { pattern?: string };
    };
    const value = headers[name.toLowerCase()];
    if (value === undefined) return required === true ? [`the header ${name} is missing`] : [];
    const fits = typeof value === "string" && (schema.pattern === undefined || new RegExp(schema.pattern).test(value));
    return fits ? [] : [`the header ${name} is ${JSON.stringify(value)}`];
  });
}

/** Judges all that was written down in a folder. */
export function judgeAll(folder: string): { count: number; faults: string[]; unseen: string[] } {
  const judge = new Judge();
  const faults = new Map<string, number>();
  let count = 0;
  for (const file of readdirSync(folder)) {
    const lines = readFileSync(join(folder, file), "utf8").split("\n").slice(0, -1); // a last line without an end was cut by a kill
    for (const line of lines) {
      const answer = JSON.parse(line) as Answer;
      count += 1;
      const wrong = judge.faultsOf(answer);
      if (wrong.length === 0) continue;
      const { method, route, path, status } = answer;
      const where = file.replace(/-\d+-\d+\.jsonl$/, "");
      const told = `${method} ${route ?? path} ${status} (${where}): ${wrong.join("; ")}`;
      faults.set(told, (faults.get(told) ?? 0) + 1);
    }
  }
  return { count, faults: [...faults].map(([told, times]) => `${told} × ${times}`), unseen: judge.unseen };
}
