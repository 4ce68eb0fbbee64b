import type { agentStatus, OutputOf } from "@fleetwire/shared/bus";

/** What runs here, on one line; everything about it is in the JSON and in 'fleet doctor'. */
export function statusLine({ node, pid, fleet }: OutputOf<typeof agentStatus>): string {
  const link = fleet.state === "none" ? "no fleet: this machine alone" : `fleet '${fleet.fleet ?? "default"}', ${fleet.state}${fleet.unprotected ? ", unprotected" : ""}`;
  return `node ${node.name} is up (pid ${pid}; ${link}; ${node.sessions.running} sessions running)`;
}

export function partText({ state, pid, detail }: OutputOf<typeof agentStatus>["parts"][number]): string {
  return [state, pid === undefined ? undefined : `pid ${pid}`, detail].filter((part) => part !== undefined).join(", ");
}
