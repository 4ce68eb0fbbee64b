// `fleet-node` runs the node agent, `fleet-node registry --state DIR` the hub's registry (with `--nats URL` that of a plain
// NATS, where there is no hub's directory), `fleet-node relay --state DIR` the hub's relay. Reads the environment and signals;
// everything else is built elsewhere.
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FleetError } from "@fleetwire/shared/errors";
import { FleetName } from "@fleetwire/shared/ids";

/** However stuck something is: a stop takes no longer. */
const STOP_MS = 4_500;

process.umask(0o077);
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    stop.abort();
    setTimeout(() => process.exit(0), STOP_MS).unref();
  });
}

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { state: { type: "string" }, nats: { type: "string" } } });
  if (positionals[0] === "registry") await registry(values.state, values.nats);
  else if (positionals[0] === "relay") await relay(values.state);
  else if (positionals.length === 0) await agent();
  else throw new FleetError("usage", `'${positionals[0]}' is not something fleet-node does`, { hint: "fleet-node, fleet-node registry --state DIR [--nats URL], or fleet-node relay --state DIR" });
} catch (error) {
  const failure = error instanceof TypeError && "code" in error ? new FleetError("usage", error.message) : FleetError.from(error);
  process.stderr.write(`fleet-node: ${failure.message}\nhint: ${failure.hint}\n`);
  if (failure.code === "internal" && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = failure.exit;
}

async function agent(): Promise<void> {
  const { runAgent } = await import("./agent.ts");
  const reloads = new Set<() => void>();
  process.on("SIGHUP", () => {
    for (const reload of reloads) reload();
  });
  await runAgent({
    env: process.env,
    home: homedir(),
    signal: stop.signal,
    ptyHost: fileURLToPath(new URL("./fleet-pty.js", import.meta.url)),
    searchWorker: new URL("./search-worker.js", import.meta.url),
    registryCommand: [process.execPath, fileURLToPath(import.meta.url), "registry"],
    relayCommand: [process.execPath, fileURLToPath(import.meta.url), "relay"],
    onReload: (listener) => void reloads.add(listener),
  });
}

async function registry(state: string | undefined, nats: string | undefined): Promise<void> {
  if (state === undefined) throw new FleetError("usage", "registry needs --state DIR");
  const [{ runRegistry }, { openLog }] = await Promise.all([import("./registry/index.ts"), import("./log/index.ts")]);
  using logFile = openLog(`${state}/registry.log`, process.env["FLEET_LOG_LEVEL"] || "info");
  const plain = nats === undefined ? undefined : { urls: nats.split(","), fleet: FleetName.parse(process.env["FLEET_FLEET"] || "default") };
  await runRegistry({ stateDir: state, plain, signal: stop.signal, log: logFile.log, onCredential: (event) => logFile.log.info(event, "credential") });
}

async function relay(state: string | undefined): Promise<void> {
  if (state === undefined) throw new FleetError("usage", "relay needs --state DIR");
  const [{ runRelay }, { openLog }] = await Promise.all([import("./relay/index.ts"), import("./log/index.ts")]);
  using logFile = openLog(`${state}/relay.log`, process.env["FLEET_LOG_LEVEL"] || "info");
  await runRelay({ stateDir: state, signal: stop.signal, log: logFile.log });
}
