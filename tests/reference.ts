// Renders docs/reference from the code: verbs, errors, permissions. reference.test.ts holds the files against it.
import * as z from "zod/mini";
import { TOOLS } from "../fleet-cli/src/mcp/index.ts";
import { NODE_CONTRACTS, permissionsOf, REGISTRY_CONTRACTS, ROLES, type Contract } from "../shared/src/bus/index.ts";
import { ERROR_CODES } from "../shared/src/errors/index.ts";
import type { FleetName, PoolName } from "../shared/src/ids/index.ts";

const GENERATED = "<!-- Generated from the code; `npx vitest run tests/reference.test.ts -u` writes it anew. -->\n";

export function verbsPage(): string {
  const reach = { bus: "NATS, the node's socket, a direct server", socket: "this machine's socket only", registry: "the registry, over NATS" };
  const section = (contract: Contract) =>
    `### ${contract.verb}\n\n${sentence(contract.purpose)}\n\n` +
    `${contract.change ? "A change: carries an operation id and is run at most once. " : ""}` +
    `Asked over ${reach[contract.reach]}. ${contract.roles.length > 0 ? `Roles: ${[...new Set(contract.roles)].join(", ")}. ` : ""}Answered within ${contract.timeoutMs / 1000} s.\n\n` +
    `${fields("Input", contract.input)}${fields("Output", contract.output)}`;
  return `# Verbs\n\n${GENERATED}
Every verb is a contract: one value in \`shared/src/bus/\` from which subjects, permissions, routes and this page come.
Over the node's socket a verb is \`POST /v1/<verb>\` with its input as JSON; over NATS it is a signed request on
\`f1.<fleet>.rq.<pool>.<node>.<verb>.<caller>\`, a registry view on \`f1.<fleet>.q.<view>.<caller>\`.

## Answered by a node

${Object.values(NODE_CONTRACTS).map(section).join("\n")}
## Answered by the registry

${Object.values(REGISTRY_CONTRACTS).map(section).join("\n")}`;
}

export function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, { exit, retryable, hint }]) => `| \`${code}\` | ${exit} | ${retryable ? "yes" : ""} | ${hint} |`);
  return `# Errors\n\n${GENERATED}
An error is \`{code, message, hint, retryable}\`, on the wire and with \`--json\`. The code gives the exit code of \`fleet\`.
\`retryable\`: the same call may succeed later.

| code | exit | retryable | hint |
|---|---|---|---|
${rows.join("\n")}
`;
}

export function permissionsPage(): string {
  const role = (name: (typeof ROLES)[number] | "joiner") => {
    const { publish, subscribe, responses, subscriptions, payloadBytes } = permissionsOf(name, "FLEET" as FleetName, "POOL" as PoolName);
    const list = (subjects: readonly string[]) => subjects.map((subject) => `- \`${subject}\`\n`).join("");
    return `## ${name}\n\nMay publish:\n\n${list(publish)}\nMay hear:\n\n${list(subscribe)}\n${responses > 0 ? `Answers each request it hears with ${responses} message. ` : ""}At most ${subscriptions} subscriptions, ${payloadBytes / 1024} KiB a message.\n`;
  };
  return `# Permissions\n\n${GENERATED}
What each role's credential may do on NATS: allow-lists, enforced by the server and checked again by the node. \`{{subject()}}\` is the
holder's own public key, filled in by the server; no name or tag stands in a template, because those could hold a wildcard.

${[...ROLES, "joiner" as const].map(role).join("\n")}`;
}

/** The tools of `fleet mcp`. */
export async function toolsPage(): Promise<string> {
  const tools = await Promise.all(Object.entries(TOOLS).map(async ([name, load]) => ({ name, ...(await load()).default })));
  const effect = { nothing: "Only looks.", settings: "Changes settings.", anything: "May change anything." };
  const section = ({ name, title, description, input, output, changes, repeatable }: (typeof tools)[number]) =>
    `## ${name}\n\n${title}. ${effect[changes]}${repeatable || changes === "nothing" ? "" : " Done again it happens again."}\n\n${description}\n\n${described("Input", input)}${described("Result", output)}`;
  return `# Tools of \`fleet mcp\`\n\n${GENERATED}
Set-up and limits: [MCP](../mcp.md). A result is structured content as below, and a text for people; a call that fails is a result with
\`isError\` and \`error\`: \`{code, message, hint, retryable}\` as in [Errors](errors.md).

| tool | for | |
|---|---|---|
${tools.map(({ name, title, changes }) => `| [\`${name}\`](#${name}) | ${title.toLowerCase()} | ${changes === "nothing" ? "" : "changes"} |`).join("\n")}

${tools.map(section).join("\n")}`;
}

function described(title: string, schema: z.ZodMiniType): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }) as JsonSchema;
  const told = (field: JsonSchema) => (field.description ?? field.anyOf?.find(({ description }) => description !== undefined)?.description ?? "").replaceAll("|", "\\|");
  const rows = Object.entries(properties).map(([name, field]) => `| \`${name}\`${required.includes(name) ? "" : "?"} | ${typeOf(field)}${field.default === undefined ? "" : `, default \`${JSON.stringify(field.default)}\``} | ${told(field)} |`);
  return `${title}:\n\n| field | type | |\n|---|---|---|\n${rows.join("\n")}\n\n`;
}

function fields(title: string, schema: z.ZodMiniType): string {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }) as JsonSchema;
  const rows = rowsOf(json, "");
  return rows.length === 0 ? `${title}: nothing.\n\n` : `${title}:\n\n| field | type |\n|---|---|\n${rows.join("\n")}\n\n`;
}

interface JsonSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly required?: string[];
  readonly items?: JsonSchema;
  readonly anyOf?: JsonSchema[];
  readonly enum?: unknown[];
  readonly const?: unknown;
  readonly additionalProperties?: JsonSchema | boolean;
}

function rowsOf(schema: JsonSchema, prefix: string): string[] {
  if (schema.anyOf !== undefined && schema.properties === undefined && prefix === "") return schema.anyOf.flatMap((one, index) => [...(index > 0 ? ["| *or* | |"] : []), ...rowsOf(one, "")]);
  return Object.entries(schema.properties ?? {}).map(([name, field]) => `| \`${prefix}${name}\`${schema.required?.includes(name) === true ? "" : "?"} | ${typeOf(field)} |`);
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(" ");
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === "object" && schema.properties !== undefined) return `{${Object.keys(schema.properties).join(", ")}}`;
  if (schema.type === "object") return `map to ${typeOf(typeof schema.additionalProperties === "object" ? schema.additionalProperties : {})}`;
  return schema.type ?? "anything";
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}.`;
}
