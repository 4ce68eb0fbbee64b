// The tools a client gets: those the limits leave, described by their schemas, and each call answered with a result.
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import type * as z from "zod/mini";
import { failure, success } from "./answer.ts";
import type { Limits } from "./limits.ts";
import { toJSONSchema, type CallToolResult, type Tool as Described } from "./sdk.ts";
import type { Tool, ToolContext } from "./tool.ts";
import { TOOLS } from "./tools/table.ts";

export interface ToolSet {
  readonly described: readonly Described[];
  /** Never throws: a failure is a result. @param onBug told what nobody expected. @returns the result */
  call(name: string, args: unknown, context: ToolContext, onBug: (error: unknown) => FleetError): Promise<CallToolResult>;
}

/** @throws FleetError `usage` when a tool is allowed that doesn't exist */
export async function loadTools(limits: Limits): Promise<ToolSet> {
  const tools = new Map(await Promise.all(Object.entries(TOOLS).map(async ([name, load]) => [name, (await load()).default as Tool] as const)));
  const unknown = limits.tools.find((name) => !tools.has(name));
  if (unknown !== undefined) throw new FleetError("usage", `there is no tool '${printable(unknown)}'`, { hint: `the tools are ${[...tools.keys()].join(", ")}` });
  const allowed = new Map([...tools].filter(([name, { changes }]) => (limits.tools.length === 0 || limits.tools.includes(name)) && !(limits.readOnly && changes !== "nothing")));
  return {
    described: [...allowed].map(([name, tool]) => describe(name, tool)),
    async call(name, args, context, onBug) {
      try {
        const tool = allowed.get(name);
        if (tool === undefined) throw tools.has(name) ? notAllowed(name, [...allowed.keys()]) : new FleetError("bad-input", `there is no tool '${printable(name)}'`, { hint: `the tools are ${[...allowed.keys()].join(", ")}` });
        return success(await tool.run(parsed(tool.input, args), context), limits.maxChars);
      } catch (error) {
        return failure(error instanceof FleetError ? error : onBug(error));
      }
    },
  };
}

function notAllowed(name: string, allowed: readonly string[]): FleetError {
  return new FleetError("denied", `the tool '${name}' is not allowed here`, { hint: `allowed are ${allowed.join(", ")}; whoever set up this server decides about others` });
}

/** @throws FleetError `bad-input` that names the argument and what it should be */
function parsed<S extends z.ZodMiniObject>(schema: S, args: unknown): z.output<S> {
  const read = schema.safeParse(args ?? {});
  if (read.success) return read.data as z.output<S>;
  const [issue] = read.error.issues as readonly Issue[];
  const path = issue?.path.map(String).join(".") ?? "";
  if (issue?.code === "unrecognized_keys") throw new FleetError("bad-input", `unknown argument '${printable([path, issue.keys?.[0] ?? ""].filter((part) => part !== "").join("."))}'`, { hint: `the arguments are ${Object.keys(schema.def.shape).join(", ")}` });
  throw new FleetError("bad-input", `${path === "" ? "the arguments" : printable(path)}: ${wrongWith(issue)}`);
}

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly expected?: string;
  readonly values?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The small zod brings no sentences of its own. */
function wrongWith(issue: Issue | undefined): string {
  if (issue?.code === "invalid_type") return `must be of type ${issue.expected ?? "another"}`;
  if (issue?.code === "invalid_value") return `must be one of ${(issue.values ?? []).map(String).join(", ")}`;
  if (issue?.code === "too_small") return `must be at least ${issue.minimum ?? "more"}`;
  if (issue?.code === "too_big") return `must be at most ${issue.maximum ?? "less"}`;
  return issue === undefined || issue.message === "Invalid input" ? "not what was expected; see the input schema" : issue.message;
}

function describe(name: string, { title, description, input, output, changes, repeatable }: Tool): Described {
  const readOnly = changes === "nothing";
  return {
    name,
    title,
    description,
    inputSchema: jsonSchema(input) as Described["inputSchema"],
    outputSchema: withError(jsonSchema(output)) as Described["outputSchema"],
    annotations: { title, readOnlyHint: readOnly, ...(readOnly ? {} : { destructiveHint: changes === "anything", idempotentHint: repeatable }), openWorldHint: changes === "anything" },
  };
}

interface JsonObject {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

function jsonSchema(schema: z.ZodMiniObject): JsonObject {
  const { $schema: _, ...rest } = toJSONSchema(schema, { io: "input", target: "draft-7", unrepresentable: "any", reused: "inline" }) as JsonObject;
  return { type: "object", properties: {}, ...rest };
}

/** Clients hold errors against the schema of results too. */
function withError({ required = [], properties, ...rest }: JsonObject): JsonObject {
  const error = { type: "object", description: "instead of all else, when the call failed", properties: { code: { type: "string" }, message: { type: "string" }, hint: { type: "string" }, retryable: { type: "boolean" } }, required: ["code", "message", "hint", "retryable"] };
  return { ...rest, properties: { ...properties, error }, anyOf: [{ required: [...required] }, { required: ["error"] }] };
}
