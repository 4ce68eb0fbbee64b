// Every PTY host knows how agents are read, also one that starts, or answers again, later.
import type { AgentRules } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import type { Log } from "../log/index.ts";
import type { HostClient } from "./host-client.ts";
import type { HostPool } from "./host-pool.ts";

export interface ToldRules {
  set(agents: readonly AgentRules[]): void;
  tell(host: HostClient): Promise<void>;
}

export function createToldRules(pool: HostPool, log: Log): ToldRules {
  let agents: readonly AgentRules[] | undefined;

  async function tell(host: HostClient): Promise<void> {
    if (agents === undefined) return;
    try {
      await host.call("rules", { agents: [...agents] });
    } catch (error) {
      // An older host judges by what it always did.
      log.debug({ host: host.hello.hostId, code: FleetError.from(error).code }, "a PTY host was not told how to read agents");
    }
  }

  pool.onCurrent(async (hosts) => void (await Promise.all(hosts.map(tell))));
  return {
    set(next) {
      agents = next;
      for (const host of pool.all()) void tell(host);
    },
    tell,
  };
}
