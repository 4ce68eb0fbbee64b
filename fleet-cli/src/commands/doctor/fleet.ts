// What runs: this machine's agent and its parts, the fleet, the clocks.
import { nodeStorage } from "@fleetwire/shared/bus";
import { packageVersion } from "../../client/index.ts";
import { partText } from "../status-text.ts";
import { keptText, usageText } from "../storage-text.ts";
import { fail, failed, ok, warn, type Check, type Examined, type Finding } from "./checks.ts";

type Part = NonNullable<Examined["status"]>["parts"][number];

/** Beyond this, requests between two machines are refused. */
const SKEW_MS = 60_000;

export const agent: Check = ({ status, settings }) => {
  if (status === undefined) return warn("agent", "this machine's node is not running", `'fleet up' starts it; its log is ${settings.paths.logs}`);
  const own = packageVersion();
  const version = status.node.version === own ? ok("agent", `${status.node.name}, pid ${status.pid}, version ${own}`) : warn("agent", `version ${status.node.version} runs, this command is ${own}`, "'fleet down' and 'fleet up' start the new one; sessions go on");
  return [version, ...status.parts.map((part) => partFinding(part, settings.paths.state)), ...groups(status.parts), ...status.warnings.map((warning) => warn("agent", warning, "'fleet status' and the agent's log have more"))];
};

function partFinding(part: Part, stateDir: string): Finding {
  const { name, state, pid, host } = part;
  const text = partText(part);
  const about = host === undefined ? {} : { host };
  if (state === "missing") return warn(name, text, "install it with your system's package manager");
  if (state !== "failed") return { ...ok(name, text), ...about };
  return { ...fail(name, text, host === undefined ? `its log is in ${stateDir}` : `its sessions wait for it: 'kill -CONT ${pid}' if somebody has stopped it; 'kill -9 ${pid}' gives it and them up`), ...about };
}

/** What a kill can be sure of. */
function groups(parts: readonly Part[]): Finding[] {
  const hosts = parts.flatMap(({ host, state }) => (host === undefined || state !== "running" ? [] : [host]));
  if (hosts.length === 0) return [];
  return [ok("control groups", hosts.every((host) => host.groups) ? "each session has its own (cgroup v2)" : "not allowed here: a kill finds a session's processes by terminal, parent and environment")];
}

/** What the logs take, and how much is kept. */
export const logs: Check = async ({ client, status }) => {
  if (status === undefined) return [];
  try {
    const storage = await client.call(nodeStorage, {});
    return ok("logs", `${usageText(storage)}; kept are ${keptText(storage)}`);
  } catch (error) {
    return failed("logs", error);
  }
};

export const link: Check = ({ status }) => {
  if (status === undefined) return [];
  const { state, urls, detail, unprotected } = status.fleet;
  const where = `${urls.join(", ")}${detail === undefined ? "" : `: ${detail}`}`;
  const open = unprotected ? [warn("protection", "this NATS server has no credentials: anyone who reaches it can use this node", "'fleet hub init' makes a fleet with keys and roles")] : [];
  switch (state) {
    case "none":
      return ok("node's fleet", "none: this machine alone");
    case "connected":
      return [ok("node's fleet", where), ...open];
    case "connecting":
      return fail("node's fleet", `not connected to ${where}`, "check the address and that the server runs; the node goes on trying");
    case "refused":
      return fail("node's fleet", `refused by ${where}`, "join again with a new token: 'fleet up --join TOKEN'");
    case "conflict":
      return fail("node's fleet", `its name is taken: ${detail ?? ""}`, "choose another with 'fleet up --name NAME'");
  }
};

/** As this caller sees it: reachable, with what rights, and whether anybody is there. */
export const reach: Check = async ({ client, settings }) => {
  if (settings.server !== undefined) return [];
  try {
    if (!(await client.hasFleet())) return ok("your fleet", "none set up: this machine alone");
    const { nodes, notes } = await client.nodes();
    const silent = nodes.filter(({ state }) => state !== "live").map(({ name }) => name);
    return [
      ok("your fleet", `${nodes.length === 1 ? "1 node" : `${nodes.length} nodes`}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`),
      ...(silent.length === 0 ? [] : [warn("silent nodes", silent.join(", "), "'fleet nodes' shows since when; 'fleet node rm' forgets one that is gone for good")]),
    ];
  } catch (error) {
    return failed("your fleet", error);
  }
};

export const clock: Check = async ({ client, status }) => {
  if (status === undefined) return [];
  const started = Date.parse(status.node.startedAt) - Date.now();
  if (started > SKEW_MS) return fail("clock", `this machine's node started ${Math.round(started / 1000)} s in the future`, "set the clock: requests between machines are refused when clocks differ by more than a minute");
  if (!(await client.hasFleet().catch(() => false))) return ok("clock", new Date().toISOString());
  try {
    const ahead = (await client.nodes()).nodes.map(({ name, startedAt }) => ({ name, ms: Date.parse(startedAt) - Date.now() })).filter(({ ms }) => ms > SKEW_MS);
    return ahead.length === 0 ? ok("clock", "no node is ahead of this machine") : fail("clock", `ahead of this machine: ${ahead.map(({ name, ms }) => `${name} by ${Math.round(ms / 1000)} s`).join(", ")}`, "set the clocks of both machines: 'timedatectl set-ntp true'");
  } catch {
    return [];
  }
};
