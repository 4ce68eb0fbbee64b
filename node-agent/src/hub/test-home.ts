// A home with a hub, for tests: real nats-server, a real registry process.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Credentials } from "@fleetwire/shared/bus";
import { createKeyPair, keyPairFromSeed, type KeyPair } from "@fleetwire/shared/keys";
import { build } from "esbuild";
import type { Gateway } from "../gateway/index.ts";
import { createProcesses } from "../processes/index.ts";
import { createHub, type Hub, type HubAction } from "./index.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const here = dirname(fileURLToPath(import.meta.url));

/** Registry and relay as a program of its own, bundled once for a test file in the way releases are. */
export async function bundleRegistry(): Promise<{ command: string[]; remove(): void }> {
  const directory = mkdtempSync(join(tmpdir(), "fwr-"));
  const file = join(directory, "registry.mjs");
  const log = "{ debug() {}, info: (f, m) => console.log(m, f), warn: (f, m) => console.log(m, f), error: (f, m) => console.log(m, f) }";
  await build({
    stdin: {
      contents: `import { runRegistry } from "../registry/index.ts";
import { runRelay } from "../relay/index.ts";
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
await (process.argv[2] === "relay" ? runRelay : runRegistry)({ stateDir: process.argv[process.argv.indexOf("--state") + 1], signal: stop.signal, log: ${log} });`,
      resolveDir: here,
      loader: "ts",
      sourcefile: "registry.ts",
    },
    bundle: true, platform: "node", target: "node20", format: "esm", outdir: directory, entryNames: "registry", outExtension: { ".js": ".mjs" }, splitting: true, logLevel: "error",
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
  });
  return { command: [process.execPath, file, "registry"], remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export interface TestHome {
  readonly directory: string;
  readonly stateDir: string;
  readonly configDir: string;
  readonly nodeKey: KeyPair;
  readonly hub: Hub;
  /** What the hub said of tokens and credentials. */
  readonly events: readonly HubAction[];
  /** The same hub as another agent process would see it. */
  again(): Hub;
  caller(): { credentials: Credentials; key: KeyPair };
  node(): Credentials;
  dispose(): Promise<void>;
}

const noGateway: Gateway = { start: () => Promise.reject(new Error("no gateway here")), stop: () => Promise.resolve(), status: () => ({ name: "caddy", state: "stopped" }), current: () => undefined, [Symbol.dispose]() {} };

export function testHome(registryCommand: readonly string[]): TestHome {
  const directory = mkdtempSync(join(tmpdir(), "fwh-"));
  const [stateDir, configDir] = [join(directory, "state"), join(directory, "config")];
  const nodeKey = createKeyPair("user");
  const hubs: Hub[] = [];
  const events: HubAction[] = [];
  const again = () => {
    const hub = createHub({ stateDir, configDir, nodeKey, nodeName: () => "box", processes: createProcesses({ env: process.env, log: silent }), gateway: noGateway, registryCommand, relayCommand: registryCommand.with(-1, "relay"), now: Date.now, onAction: (event) => events.push(event), log: silent });
    hubs.push(hub);
    return hub;
  };
  const read = (file: string) => Credentials.parse(JSON.parse(readFileSync(file, "utf8")));
  const hub = again();
  return {
    directory, stateDir, configDir, nodeKey, hub, events, again,
    caller: () => ({ credentials: read(join(configDir, "credentials.json")), key: keyPairFromSeed(readFileSync(join(configDir, "caller.nk"), "utf8")) }),
    node: () => read(join(stateDir, "credentials.json")),
    async dispose() {
      const last = hubs.at(-1);
      if (last?.exists() === true) await last.down();
      for (const one of hubs) one[Symbol.dispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

