// Every PTY host knows whose attaches are no longer to be served, also one that starts, or answers again, later.
import type { HostInput } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import type { Log } from "../log/index.ts";
import type { HostClient } from "./host-client.ts";
import type { HostPool } from "./host-pool.ts";

export interface Belief {
  set(belief: HostInput<"believe">): void;
  tell(host: HostClient): Promise<void>;
}

export function createBelief(pool: HostPool, log: Log): Belief {
  let belief: HostInput<"believe"> | undefined;

  async function tell(host: HostClient): Promise<void> {
    if (belief === undefined) return;
    try {
      const { closed } = await host.call("believe", belief);
      if (closed > 0) log.info({ host: host.hello.hostId, closed }, "attaches by revoked credentials were closed");
    } catch (error) {
      // An older host can't tell whose they are; its viewers keep what they have until it leaves.
      log.warn({ host: host.hello.hostId, code: FleetError.from(error).code }, "a PTY host was not told whose attaches to close");
    }
  }

  pool.onCurrent(async (hosts) => void (await Promise.all(hosts.map(tell))));
  return {
    set(next) {
      belief = next;
      for (const host of pool.all()) void tell(host);
    },
    tell,
  };
}
