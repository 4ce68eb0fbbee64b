// The server as the protocol sees it: which request is answered by what.
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import type { Settings } from "../config/index.ts";
import type { AllowedFleet } from "./allowed-fleet.ts";
import { complete } from "./completion.ts";
import { instructions } from "./instructions.ts";
import type { Limits } from "./limits.ts";
import { PROMPTS } from "./prompts/table.ts";
import { Changes } from "./resources/changes.ts";
import { listResources, TEMPLATES } from "./resources/list.ts";
import { readResource } from "./resources/read.ts";
import * as sdk from "./sdk.ts";
import { loadTools } from "./tool-set.ts";
import { harmless } from "./untrusted.ts";

export interface ServerParts {
  readonly fleet: AllowedFleet;
  readonly limits: Limits;
  readonly settings: Settings;
  readonly version: string;
  /** One line for the log. */
  readonly note: (text: string) => void;
  /** Keeps a report of what nobody expected. @returns what may be told of it */
  readonly onBug: (error: unknown) => FleetError;
}

export interface FleetServer extends AsyncDisposable {
  readonly server: sdk.Server;
  /** Resolves when no call is being answered, or after a while, milliseconds. */
  settle(longestMs: number): Promise<void>;
}

/** "Resource not found" of the protocol. */
const NOT_FOUND = -32_002;
const INVALID_PARAMS = -32_602;
const INTERNAL = -32_603;

/** @throws FleetError `usage` when a tool is allowed that doesn't exist */
export async function createServer(parts: ServerParts): Promise<FleetServer> {
  const { fleet, limits, settings, version, note, onBug } = parts;
  const tools = await loadTools(limits);
  const capabilities = { tools: {}, resources: { subscribe: true, listChanged: true }, prompts: {}, completions: {} };
  const server = new sdk.Server({ name: "fleet", title: "Fleetwire", version }, { capabilities, instructions: instructions(settings, limits) });
  const told = (sent: Promise<void>) => void sent.catch((error: unknown) => note(`a notification could not be sent: ${String(error)}`));
  const changes = new Changes(fleet, { updated: (uri) => told(server.sendResourceUpdated({ uri })), listChanged: () => told(server.sendResourceListChanged()), note });
  const running = new Set<Promise<unknown>>();
  const tracked = <T>(work: Promise<T>): Promise<T> => {
    running.add(work);
    return work.finally(() => running.delete(work));
  };
  /** Whatever is not a tool's has no results for failures: these are errors of the protocol, with the record as data. */
  const asked = <T>(work: () => Promise<T>): Promise<T> =>
    tracked(
      work().catch((error: unknown) => {
        const { code, message, hint, retryable } = error instanceof FleetError ? error : onBug(error);
        const number = code.startsWith("unknown-") ? NOT_FOUND : code.startsWith("bad-") ? INVALID_PARAMS : INTERNAL;
        throw new sdk.McpError(number, message, harmless({ code, message, hint, retryable }));
      }),
    );

  server.setRequestHandler(sdk.ListToolsRequestSchema, () => ({ tools: [...tools.described] }));
  server.setRequestHandler(sdk.CallToolRequestSchema, ({ params }, extra) => {
    const token = params._meta?.progressToken;
    const progress = (done: number, total: number, message: string) => {
      if (token !== undefined) told(extra.sendNotification({ method: "notifications/progress", params: { progressToken: token, progress: done, total, message } }));
    };
    return tracked(tools.call(params.name, params.arguments, { fleet, limits, settings, signal: extra.signal, progress }, onBug));
  });
  server.setRequestHandler(sdk.ListResourcesRequestSchema, ({ params }) =>
    asked(async () => {
      void changes.follow();
      return listResources(fleet, params?.cursor);
    }),
  );
  server.setRequestHandler(sdk.ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [...TEMPLATES] }));
  server.setRequestHandler(sdk.ReadResourceRequestSchema, ({ params }, { signal }) => asked(() => readResource(params.uri, { fleet, limits, settings, signal })));
  server.setRequestHandler(sdk.SubscribeRequestSchema, ({ params }, { signal }) => asked(async () => (await changes.subscribe(params.uri, signal), {})));
  server.setRequestHandler(sdk.UnsubscribeRequestSchema, ({ params }) => (changes.unsubscribe(params.uri), {}));
  server.setRequestHandler(sdk.CompleteRequestSchema, ({ params }) => asked(async () => ({ completion: await complete(fleet, params.argument.name, params.argument.value) })));
  server.setRequestHandler(sdk.ListPromptsRequestSchema, () => ({ prompts: Object.entries(PROMPTS).map(([name, { title, description, arguments: args }]) => ({ name, title, description, arguments: [...args] })) }));
  server.setRequestHandler(sdk.GetPromptRequestSchema, ({ params }) => promptOf(params.name, params.arguments ?? {}));
  server.onerror = (error) => note(`mcp: ${printable(error.message)}`);
  return {
    server,
    async settle(longestMs) {
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([Promise.allSettled(running), new Promise((resolve) => (timer = setTimeout(resolve, longestMs)))]);
      clearTimeout(timer);
    },
    async [Symbol.asyncDispose]() {
      await changes[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

function promptOf(name: string, args: Readonly<Record<string, string>>): sdk.GetPromptResult {
  const prompt = Object.hasOwn(PROMPTS, name) ? PROMPTS[name] : undefined;
  if (prompt === undefined) throw new sdk.McpError(INVALID_PARAMS, `there is no prompt '${printable(name)}'`);
  const missing = prompt.arguments.find((argument) => argument.required && (args[argument.name] ?? "") === "");
  if (missing !== undefined) throw new sdk.McpError(INVALID_PARAMS, `the argument '${missing.name}' is missing: ${missing.description}`);
  return { description: prompt.description, messages: [{ role: "user", content: { type: "text", text: prompt.text(args) } }] };
}
