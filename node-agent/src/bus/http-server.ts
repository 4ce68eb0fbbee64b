// The verbs as HTTP routes on a unix socket: POST /v1/<verb>, and GET /v1/ for their names. What comes through the
// terminal listener is handed on by the PTY host with `fleet-via: direct` and needs a bearer token.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { chmodSync, rmSync } from "node:fs";
import { NODE_CONTRACTS, VIEW } from "@fleetwire/shared/bus";
import { FleetError, parseJson } from "@fleetwire/shared/errors";
import { CONTENT_TYPE } from "../metrics/index.ts";
import { statusOf } from "./http-status.ts";
import { readBody } from "./http-body.ts";
import type { Caller } from "./caller.ts";
import type { Dispatcher } from "./dispatch.ts";

export type HttpDoor = AsyncDisposable;

export interface HttpDeps {
  /** Answers once everything is built: requests that come before wait. */
  readonly dispatcher: Promise<Dispatcher>;
  /** Who asks on this socket. @throws FleetError `bad-bearer` */
  readonly caller: (request: IncomingMessage) => Promise<Caller>;
  /** This release: told with every answer. */
  readonly version: string;
  /** The text for Prometheus; undefined: not on this socket. */
  readonly metrics?: Promise<() => Promise<string>>;
}

const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;

/** Listens with mode 0600; what lies at the path is removed: only the holder of the agent's lock calls this. @throws FleetError `disk` */
export async function openHttp(socketPath: string, deps: HttpDeps): Promise<HttpDoor> {
  const server = createHttp(deps);
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new FleetError("disk", `${socketPath} can't be listened on: ${error.message}`, { cause: error })));
    server.listen(socketPath, resolve);
  });
  chmodSync(socketPath, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      await closeHttp(server);
      rmSync(socketPath, { force: true });
    },
  };
}

export function createHttp(deps: HttpDeps): Server {
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, maxHeaderSize: 16 * 1024 }, (request, response) => void serve(request, response, deps));
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });
  return server;
}

/** Answers that are under way are finished, for a moment. */
export async function closeHttp(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection is idle only after its last answer, and a client may keep it open for long.
  const idle = setInterval(() => server.closeIdleConnections(), 10);
  const hurry = setTimeout(() => server.closeAllConnections(), 2_000);
  await closed;
  clearInterval(idle);
  clearTimeout(hurry);
}

async function serve(request: IncomingMessage, response: ServerResponse, deps: HttpDeps): Promise<void> {
  try {
    const path = (request.url ?? "").split("?")[0] ?? "";
    const [, contract] = /^\/v(\d+)\//.exec(path) ?? [];
    if (contract !== undefined && contract !== "1") throw new FleetError("version-skew", `the caller speaks contract version ${contract}, this node 1`);
    if (path === "/metrics" || path === "/v1/metrics") return await sendMetrics(request, response, deps);
    if (!path.startsWith("/v1/")) throw new FleetError("bad-input", "routes begin with /v1/");
    const caller = await deps.caller(request);
    if (request.method === "GET" && path === "/v1/") return send(response, deps.version, 200, { verbs: Object.keys(NODE_CONTRACTS) });
    if (request.method !== "POST") throw new FleetError("bad-input", "a verb is asked for with POST");
    const text = await readBody(request);
    const body = text === "" ? {} : parseJson(text, "the body");
    const operation = request.headers["fleet-operation"];
    const dispatcher = await deps.dispatcher;
    send(response, deps.version, 200, await dispatcher.call(path.slice("/v1/".length), body, caller, typeof operation === "string" ? operation : undefined));
  } catch (error) {
    const failure = FleetError.from(error);
    send(response, deps.version, statusOf(failure.code), { error: failure.toRecord() });
  }
}

/** As a question that a viewer may ask. */
async function sendMetrics(request: IncomingMessage, response: ServerResponse, { caller, metrics }: HttpDeps): Promise<void> {
  const who = await caller(request);
  if (metrics === undefined) throw new FleetError("bad-input", "routes begin with /v1/");
  if (who.kind !== "socket" && !(who.kind === "direct" && VIEW.includes(who.role))) throw new FleetError("denied", "metrics are for viewers");
  const text = await (await metrics)();
  response.writeHead(200, { "content-type": CONTENT_TYPE, "content-length": Buffer.byteLength(text), "cache-control": "no-store" }).end(text);
}

function send(response: ServerResponse, version: string, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body ?? null);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text), "cache-control": "no-store", "fleet-version": version });
  response.end(text);
}
