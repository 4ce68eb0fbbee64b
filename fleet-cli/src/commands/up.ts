import { setTimeout as sleep } from "node:timers/promises";
import { agentStatus, nodeConfigure, nodeJoin, type OutputOf, type RawInputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { FleetName, NodeName, PoolName } from "@fleetwire/shared/ids";
import { runForeground } from "../client/index.ts";
import { defineCommand, type Invocation } from "./command.ts";
import { checked, pair, text, toggle, value, values } from "./flags.ts";
import { installService, printed, SERVICE_FLAGS, wantsService } from "./service-flags.ts";
import { stopAgent } from "./stop-agent.ts";
import { joinToken } from "./join-token.ts";
import { statusLine } from "./status-text.ts";

type Status = OutputOf<typeof agentStatus>;

/** How long the node has to reach its fleet before this answers without it. */
const LINK_MS = 8_000;

const FLAGS = {
  "name": value("NAME", "the node's name; default: the host's", checked(NodeName)),
  "join": value("TOKEN", "join the fleet of this token; '-' reads it from stdin", text),
  "label": values("K=V", "a label", pair),
  "open": toggle("accept callers that prove no role: for a NATS that nobody else reaches"),
  "closed": toggle("don't, again"),
  "pool": value("NAME", "the part of the fleet that permissions are cut by", checked(PoolName)),
  "listen": value("ADDRESS:PORT", "where terminals are served", text),
  "external-url": value("URL", "the address people reach them by, when something of yours stands in front", text),
  "restart": toggle("start it anew, as the release that is installed; sessions go on"),
  ...SERVICE_FLAGS,
  "foreground": toggle("run the node agent itself until this command is ended, e.g. in a container"),
  "leave": toggle("leave the fleet; this machine's sessions go on"),
} as const;

export default defineCommand({
  args: [],
  flags: FLAGS,
  examples: ["fleet up", "fleet up --name gpu-box --label gpu=a100", "fleet up --join - < token", "fleet up --nats nats://localhost:4222 --open", "fleet up --restart", "fleet up --install", "fleet up --install --system --print"],
  notes: "What is said here is kept for the node's next start. --nats, --creds and --fleet name a NATS of your own.",
  async run(invocation) {
    const { client, flags, settings, globals, output } = invocation;
    if (settings.server !== undefined) throw new FleetError("usage", "'fleet up' is about this machine; --server names another");
    if (flags.foreground) return { exit: await foreground(invocation) };
    const asService = wantsService(flags);
    if (asService && flags.print) return printed(await installService(invocation, flags, false));
    if (flags.restart) await stopAgent(client);
    if (flags.join !== undefined) await client.call(nodeJoin, { token: joinToken(flags.join), name: flags.name });
    const change = changesOf(invocation);
    if (Object.keys(change).length > 0) await client.call(nodeConfigure, change);
    if (asService) {
      await installService(invocation, flags, false);
      // From now on it is the service manager that starts it.
      await stopAgent(client);
    }
    const status = await settled(invocation, await client.call(agentStatus, {}), flags.join !== undefined || globals.nats !== undefined);
    for (const warning of status.warnings) output.note(warning);
    return { json: status, text: statusLine(status), quiet: status.node.name };
  },
});

/** Settings come from the environment and config.toml there. */
async function foreground(invocation: Invocation<typeof FLAGS>): Promise<number> {
  const { settings, client, process, flags } = invocation;
  if (Object.keys(changesOf(invocation)).length > 0 || flags.join !== undefined || flags.install || flags.restart) throw new FleetError("usage", "--foreground stands alone", { hint: "settings come from the environment (FLEET_NODE_NAME, FLEET_NATS_URL …) and config.toml" });
  const running = await client.peek();
  if (running !== undefined) throw new FleetError("agent-running", `this machine's node runs already (pid ${running.pid})`);
  process.interrupt.claim();
  return runForeground(settings, process.interrupt.signal);
}

function changesOf({ flags, globals, settings }: Invocation<typeof FLAGS>): RawInputOf<typeof nodeConfigure> {
  if (flags.leave && (globals.nats !== undefined || flags.join !== undefined)) throw new FleetError("usage", "--leave and --nats or --join contradict each other");
  if (flags.open && flags.closed) throw new FleetError("usage", "--open and --closed contradict each other");
  if ((flags.pool !== undefined || globals.creds !== undefined || globals.fleet !== undefined) && globals.nats === undefined) throw new FleetError("usage", "--pool, --creds and --fleet go with --nats URL");
  const fleet = globals.fleet === undefined ? undefined : checked(FleetName)(globals.fleet, "--fleet");
  const nats = flags.leave ? null : globals.nats === undefined ? undefined : { urls: [...(settings.nats?.urls ?? [])], creds: settings.creds, fleet, pool: flags.pool };
  return withoutUndefined({
    // A token that fixes a name knows it; the node's answer to joining says so.
    name: flags.join === undefined ? flags.name : undefined,
    labels: flags.label.length === 0 ? undefined : Object.fromEntries(flags.label),
    nats,
    open: flags.open ? true : flags.closed ? false : undefined,
    listen: flags.listen,
    externalUrl: flags["external-url"],
  });
}

function withoutUndefined<T extends object>(all: T): Partial<T> {
  return Object.fromEntries(Object.entries(all).filter(([, each]) => each !== undefined)) as Partial<T>;
}

/** Waits for the link to the fleet to be made or refused. @throws FleetError `node-name-taken`, `nats-denied` */
async function settled({ client, process }: Invocation<typeof FLAGS>, first: Status, asked: boolean): Promise<Status> {
  const until = Date.now() + LINK_MS;
  let status = first;
  while (status.fleet.state === "connecting" && Date.now() < until && !process.interrupt.signal.aborted) {
    await sleep(50);
    status = await client.call(agentStatus, {});
  }
  const { state, detail, urls } = status.fleet;
  if (state === "conflict") throw new FleetError("node-name-taken", detail ?? `another node holds the name '${status.node.name}'`);
  if (state === "refused") throw new FleetError("nats-denied", detail ?? `${urls.join(", ")} refused this node's credential`);
  if (state === "connecting" && asked) throw new FleetError("nats-unreachable", `${urls.join(", ")}: ${detail ?? "no connection yet"}`, { hint: "the node runs and goes on trying; 'fleet doctor' looks for the reason" });
  return status;
}
