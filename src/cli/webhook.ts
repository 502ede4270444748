import { Option, type Command } from "commander";
import { endpointFormats } from "../core/endpoint.ts";
import { atDesk, bodyOf, merchantId, type Body, type DeskOptions } from "./at-desk.ts";
import type { Desk } from "./desk.ts";
import { dataOption, jsonOption } from "./settings.ts";
import { CommandProblem, table, type Terminal } from "./terminal.ts";

interface AddOptions extends DeskOptions {
  readonly format: string;
  readonly events?: string;
  readonly username?: string;
  readonly password?: string;
  readonly header?: readonly string[];
}

/** Where merchants are told what happens, without a server or beside one. */
export function addWebhook(program: Command, terminal: Terminal): void {
  const webhook = program.command("webhook").description("where a merchant is told what happens");
  const add = (usage: string, description: string) =>
    webhook.command(usage).description(description).addOption(dataOption).addOption(jsonOption);

  add("list <merchant>", "list a merchant's endpoints").action((merchant: string, options: DeskOptions) =>
    atDesk(terminal, options, async (desk) => {
      const body = bodyOf(await desk.call("GET", `/admin/merchants/${await merchantId(desk, merchant)}/endpoints`));
      const rows = body.endpoints.map((one: Body) => [
        one.id,
        one.format,
        one.url,
        one.disabled === null ? "" : `disabled: ${one.disabled.because}`,
      ]);
      const lines = rows.length === 0 ? ["Nobody is told."] : table([["id", "format", "url", ""], ...rows]);
      return { body, lines };
    }),
  );

  add("add <merchant> <url>", "add a URL; its secret is shown this once")
    .addOption(new Option("--format <name>", "whose webhooks it gets").choices(endpointFormats).default("standard"))
    .option("--events <names>", "only these, with commas (otherwise all that are usual)")
    .option("--username <name>", "for HTTP Basic")
    .option("--password <text>", "for HTTP Basic")
    .option("--header <name:value...>", "a header to send besides")
    .action((merchant: string, url: string, options: AddOptions) =>
      atDesk(terminal, options, async (desk) => {
        const { format, events, username, password, header } = options;
        const headers = header && Object.fromEntries(header.map(readHeader));
        const given = { format, url, event_types: events?.split(","), username, password, headers };
        const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        const path = `/admin/merchants/${await merchantId(desk, merchant)}/endpoints`;
        const body = bodyOf(await desk.call("POST", path, said), 201);
        return { body, lines: [`Endpoint ${body.id} is told from now on.`, ...secretLines(body)] };
      }),
    );

  const onEndpoint = (
    usage: string,
    description: string,
    work: (
      desk: Desk,
      path: string,
      options: DeskOptions & { state?: string },
    ) => Promise<{ body: Body; lines: string[] }>,
  ) =>
    add(`${usage} <merchant> <endpoint>`, `${description}; the endpoint by its id or its URL`).action(
      (merchant: string, endpoint: string, options: DeskOptions) =>
        atDesk(terminal, options, async (desk) => work(desk, await pathOf(desk, merchant, endpoint), options)),
    );

  onEndpoint("remove", "tell an endpoint nothing more", async ({ call }, path) => {
    const body = bodyOf(await call("DELETE", path));
    return { body, lines: [`${body.url} is told nothing more.`] };
  });
  onEndpoint("enable", "tell an endpoint again that was disabled", async ({ call }, path) => {
    const body = bodyOf(await call("POST", `${path}/enable`));
    return {
      body,
      lines: [`${body.url} is told again. What was disabled meanwhile: disburse webhook resend --state disabled`],
    };
  });
  onEndpoint("rotate", "give an endpoint a new secret, shown this once", async ({ call }, path) => {
    const body = bodyOf(await call("POST", `${path}/secret`), 201);
    return { body, lines: secretLines(body) };
  });
  onEndpoint("verify", "ask a Worldline endpoint to show that it expects webhooks", async ({ call }, path) => {
    const body = bodyOf(await call("POST", `${path}/verify`));
    if (body.verified === false) throw new CommandProblem(`The endpoint did not verify itself: ${body.because}.`);
    return { body, lines: ["The endpoint has verified itself."] };
  });
  onEndpoint("resend", "tell again what an endpoint did not take", async ({ call }, path, { state = "failed" }) => {
    const body = bodyOf(await call("POST", `${path}/resend`, { state }));
    return { body, lines: [`${body.resent} ${body.resent === 1 ? "is" : "are"} sent again.`] };
  }).addOption(new Option("--state <name>", "all that are in this state").choices(["failed", "disabled", "retrying"]));
}

async function pathOf(desk: Desk, merchant: string, name: string): Promise<string> {
  const path = `/admin/merchants/${await merchantId(desk, merchant)}/endpoints`;
  const { endpoints } = bodyOf(await desk.call("GET", path));
  const found = endpoints.filter((one: Body) => one.id === name || one.url === name);
  if (found.length === 1) return `${path}/${found[0].id}`;
  const several = `Several endpoints have this URL: say which by its id, ${found.map((one: Body) => one.id).join(" or ")}.`;
  throw new CommandProblem(found.length === 0 ? `There is no endpoint ${name}.` : several);
}

function readHeader(text: string): [string, string] {
  const at = text.indexOf(":");
  if (at < 1) throw new CommandProblem(`${text} is no header: write it like X-Team:payments.`);
  return [text.slice(0, at), text.slice(at + 1).trim()];
}

const secretLines = ({ secret }: Body): string[] => [
  "What it can know us by is shown this once:",
  ...table([
    ["  key id", secret.id],
    ["  secret", secret.value],
  ]),
];
