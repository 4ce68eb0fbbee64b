// fleet-pty: the process that owns terminals. Started detached by a node agent and independent of it from then on.
import { parseArgs } from "node:util";
import { logLine } from "./host-log.ts";
import { startHost } from "./host.ts";

process.umask(0o077);
// The terminal it was started from may go, and the agent with it: neither is a reason to end.
process.on("SIGHUP", () => {});
process.on("SIGPIPE", () => {});
process.on("uncaughtException", (error) => report("uncaught", error));
process.on("unhandledRejection", (error) => report("unhandled", error));

const { values } = parseArgs({ options: { run: { type: "string" }, "agent-socket": { type: "string" }, version: { type: "string" } } });
const { run, "agent-socket": agentSocket, version } = values;
if (run === undefined || agentSocket === undefined || version === undefined) {
  process.stderr.write("fleet-pty is started by the node agent: --run DIR --agent-socket PATH --version V\n");
  process.exit(2);
}

{
  await using host = await startHost({ runDir: run, agentSocket, version });
  logLine(process.stderr.fd, `host ${host.hostId} ${version} started, process ${process.pid}`);
  await host.retired;
  logLine(process.stderr.fd, `host ${host.hostId} leaves`);
}
process.exit(0);

/** A fault in one place is no reason to end every session: it is written down, and the rest goes on. */
function report(kind: string, error: unknown): void {
  logLine(process.stderr.fd, `${kind}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
