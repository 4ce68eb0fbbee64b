// GET /metrics and nothing else, over HTTP: on the registry's unix socket, and on an address where a configuration asks for it.
import { timingSafeEqual, createHash } from "node:crypto";
import { chmodSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { FleetError } from "@fleetwire/shared/errors";
import { CONTENT_TYPE } from "./metrics.ts";

export interface MetricsServer extends AsyncDisposable {
  readonly port: number | undefined;
}

/**
 * @param at a socket's path (mode 0600), or an address
 * @param token read for each request; undefined: anybody who reaches it
 * @throws FleetError `port-taken`
 */
export async function serveMetrics(at: string | { readonly address: string; readonly port: number }, text: () => Promise<string>, token?: () => string): Promise<MetricsServer> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 8 * 1024 }, (request, response) => {
    const path = (request.url ?? "").split("?")[0];
    if (path !== "/metrics") return void response.writeHead(404).end();
    if (request.method !== "GET" && request.method !== "HEAD") return void response.writeHead(405, { allow: "GET" }).end();
    if (token !== undefined && !isBearer(request.headers.authorization, token())) return void response.writeHead(401, { "www-authenticate": "Bearer" }).end();
    text().then(
      (body) => response.writeHead(200, { "content-type": CONTENT_TYPE, "cache-control": "no-store" }).end(request.method === "HEAD" ? "" : body),
      () => response.writeHead(500).end(),
    );
  });
  if (typeof at === "string") rmSync(at, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new FleetError("port-taken", `metrics can't be served at ${typeof at === "string" ? at : `${at.address}:${at.port}`}: ${error.message}`, { cause: error })));
    if (typeof at === "string") server.listen(at, resolve);
    else server.listen(at.port, at.address, resolve);
  });
  if (typeof at === "string") chmodSync(at, 0o600);
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : undefined,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** How long the comparison takes says nothing about the token. */
function isBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer ([\x21-\x7e]+)$/i.exec(header ?? "")?.[1];
  const digest = (value: string) => createHash("sha256").update(value).digest();
  return given !== undefined && token !== "" && timingSafeEqual(digest(given), digest(token));
}
