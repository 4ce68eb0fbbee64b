// Where the metrics can be had besides the node's own socket: on an address, if the configuration names one. It follows the
// configuration while the agent runs, and what is wrong with it is said and costs nothing else.
import { readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { FleetError } from "@fleetwire/shared/errors";
import type { MetricsSettings } from "./config/index.ts";
import type { Log } from "./log/index.ts";
import { serveMetrics, type MetricsServer } from "./metrics/index.ts";
import type { Warnings } from "./warnings.ts";

export interface MetricsDoor extends AsyncDisposable {
  refresh(): Promise<void>;
}

const REGISTRY_MS = 2_000;

export function createMetricsDoor(settings: () => MetricsSettings, text: () => Promise<string>, warnings: Warnings, log: Log): MetricsDoor {
  let server: MetricsServer | undefined;
  let key = "";

  async function refresh(): Promise<void> {
    const { listen, tokenFile } = settings();
    const wanted = JSON.stringify([listen, tokenFile]);
    if (wanted === key) return;
    key = wanted;
    await server?.[Symbol.asyncDispose]();
    server = undefined;
    warnings.set("metrics", undefined);
    if (listen === undefined) return;
    try {
      server = await serveMetrics(listen, text, tokenFile === undefined ? undefined : () => readToken(tokenFile));
      if (tokenFile !== undefined) readToken(tokenFile);
      const away = !/^(127\.|::1$|localhost$)/.test(listen.address);
      if (away) log.warn({ ...listen }, "metrics are served in the clear to other machines");
      warnings.set("metrics", away ? `metrics are served in the clear at ${listen.address}:${listen.port}: who listens on the way reads the token and the figures` : undefined);
    } catch (error) {
      key = "";
      const { message } = FleetError.from(error);
      warnings.set("metrics", message);
      log.error({ reason: message }, "metrics are not served");
    }
  }

  return {
    refresh,
    async [Symbol.asyncDispose]() {
      await server?.[Symbol.asyncDispose]();
    },
  };
}

/** Read for each scrape: it can be changed without a word to the agent. @throws FleetError `bad-config`, `unsafe-permissions` */
function readToken(file: string): string {
  try {
    if ((statSync(file).mode & 0o077) !== 0) throw new FleetError("unsafe-permissions", `${file} is open to other users`);
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw error instanceof FleetError ? error : new FleetError("bad-config", `${file} can't be read`, { cause: error });
  }
}

/** The registry's page on the hub's machine; empty where there is none, or while it doesn't run. */
export function registryPage(stateDir: string): () => Promise<string> {
  const socketPath = join(stateDir, "hub", "registry", "m.sock");
  return () =>
    new Promise((resolve) => {
      const asked = request({ socketPath, path: "/metrics", timeout: REGISTRY_MS }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("error", () => resolve(""));
        response.on("end", () => resolve(response.statusCode === 200 ? text : ""));
      });
      asked.on("timeout", () => asked.destroy(new Error("timeout")));
      asked.on("error", () => resolve(""));
      asked.end();
    });
}
