// fleet-pty: the process that owns terminals. Started detached by a node agent and independent of it from then on.
import { parseArgs } from "node:util";
import { buildOf } from "./build.ts";
import { logLine } from "./host-log.ts";
import { startHost } from "./host.ts";

/** Of sessions when the machine goes down; what is left then is killed. */
const STOP_GRACE_MS = 2_000;
/** However stuck something is: a stop takes no longer. */
const STOP_MS = 4_500;

process.umask(0o077);
// The terminal it was started from may go, and the agent with it: neither is a reason to end.
process.on("SIGHUP", () => {});
process.on("SIGPIPE", () => {});
process.on("uncaughtException", (error) => report("uncaught", error));
process.on("unhandledRejection", (error) => report("unhandled", error));

const { values } = parseArgs({ options: { run: { type: "string" }, "agent-socket": { type: "string" }, version: { type: "string" }, "listen-fd": { type: "string" } } });
const { run, "agent-socket": agentSocket, version, "listen-fd": listenFd } = values;
if (run === undefined || agentSocket === undefined || version === undefined) {
  process.stderr.write("fleet-pty is started by the node agent: --run DIR --agent-socket PATH --version V\n");
  process.exit(2);
}

const told = new Promise<NodeJS.Signals>((resolve) => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, resolve);
});

{
  const build = buildOf(process.argv[1] ?? "");
  await using host = await startHost({ runDir: run, agentSocket, version, build, ...(listenFd === undefined ? {} : { listenFd: Number(listenFd) }) }).catch((error: unknown) => {
    report("not started", error);
    process.exit(1);
  });
  logLine(process.stderr.fd, `host ${host.hostId} ${version} started, process ${process.pid}`);
  const signal = await Promise.race([host.retired, told]);
  if (signal !== undefined) {
    setTimeout(() => process.exit(0), STOP_MS).unref();
    logLine(process.stderr.fd, `host ${host.hostId} was told to end: ${signal}`);
    await host.stop(STOP_GRACE_MS);
  }
  logLine(process.stderr.fd, `host ${host.hostId} leaves`);
}
process.exit(0);

/** A fault in one place is no reason to end every session: it is written down, and the rest goes on. */
function report(kind: string, error: unknown): void {
  logLine(process.stderr.fd, `${kind}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
