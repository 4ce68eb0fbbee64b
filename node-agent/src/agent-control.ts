// What verbs may do to the agent itself.
import type { PartStatus } from "@fleetwire/shared/bus";
import { normalizeNodeUrl } from "@fleetwire/shared/wire";
import type { NodeService } from "./node/index.ts";
import type { AgentControl } from "./bus/index.ts";
import { parseListen } from "./config/index.ts";
import type { Gateway } from "./gateway/index.ts";
import type { Hub } from "./hub/index.ts";
import type { LiveSettings } from "./live-settings.ts";
import type { Membership } from "./membership.ts";
import type { Relayed } from "./relayed.ts";
import type { HostPool, Sessions } from "./sessions/index.ts";
import type { Terminals } from "./terminals.ts";
import type { Warnings } from "./warnings.ts";

export interface AgentControlDeps {
  readonly instance: string;
  readonly settings: LiveSettings;
  readonly node: NodeService;
  readonly sessions: Sessions;
  readonly pool: HostPool;
  readonly membership: Membership;
  readonly terminals: Terminals;
  readonly relayed: Relayed;
  readonly gateway: Gateway;
  readonly hub: Hub;
  readonly warnings: Warnings;
  readonly stop: () => void;
}

export function createAgentControl(deps: AgentControlDeps): AgentControl {
  const { settings, node, sessions, pool, membership, terminals } = deps;
  return {
    status() {
      const { config, state, run } = settings.current().paths;
      const front = deps.gateway.status();
      const link = deps.relayed.part();
      return {
        node: node.record(),
        pid: process.pid,
        instance: deps.instance,
        directories: { config, state, run },
        fleet: membership.status(),
        parts: [...pool.parts(), listenerPart(terminals.listening()), ...(front.state === "stopped" ? [] : [front]), ...(link === undefined ? [] : [link])],
        warnings: deps.warnings.all(),
      };
    },

    async configure({ name, labels, nats, open, listen, externalUrl }) {
      // Refused before anything is kept: a stored setting that can't be read would stop the next start.
      if (listen !== undefined) parseListen(listen, "--listen");
      if (externalUrl !== undefined) normalizeNodeUrl(externalUrl);
      if (nats === null) membership.leave();
      settings.change({
        ...(name === undefined ? {} : { name }),
        ...(labels === undefined ? {} : { labels: { ...settings.stored().labels, ...labels } }),
        ...(nats === undefined ? {} : { nats }),
        ...(open === undefined ? {} : { open }),
        ...(listen === undefined ? {} : { listen }),
        ...(externalUrl === undefined ? {} : { externalUrl }),
      });
      node.changed();
      await membership.refresh();
      if (listen !== undefined || externalUrl !== undefined) await terminals.refresh();
    },

    label(set, remove) {
      const gone = Object.fromEntries(remove.map((key) => [key, null]));
      settings.change({ labels: { ...settings.stored().labels, ...gone, ...set } });
      return node.changed();
    },

    async endSessions(graceMs) {
      const { killed } = await sessions.kill({ filter: {}, graceMs });
      await pool.retire(graceMs);
      // It may just be starting. While the hub is up its Caddy is the hub's to stop.
      await terminals.settled();
      if (!deps.hub.isUp()) await deps.gateway.stop();
      return killed.length;
    },

    stop: deps.stop,
  };
}

/** Where a direct server (`fleet --server`) of this node is reached from this machine. */
function listenerPart(listening: string | undefined): PartStatus {
  return listening === undefined ? { name: "terminal listener", state: "stopped" } : { name: "terminal listener", state: "running", detail: `ws://${listening}` };
}
