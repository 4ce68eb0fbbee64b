// What handlers work with; built in agent.ts.
import type { agentStatus, InputOf, nodeConfigure, nodeDrain, nodeJoin, OutputOf } from "@fleetwire/shared/bus";
import type { NodeRecord } from "@fleetwire/shared/domain";
import type { Audit } from "../audit/index.ts";
import type { Gateway } from "../gateway/index.ts";
import type { Hub } from "../hub/index.ts";
import type { Messages } from "../messages/index.ts";
import type { NodeService } from "../node/index.ts";
import type { Services as ServiceControl } from "../services/index.ts";
import type { Sessions } from "../sessions/index.ts";
import type { Store } from "../store/index.ts";
import type { DirectTokens } from "./direct-tokens.ts";

/** This node's place in a fleet, which can change while the agent runs. */
export interface FleetMembership {
  status(): OutputOf<typeof agentStatus>["fleet"];
  join(input: InputOf<typeof nodeJoin>): Promise<OutputOf<typeof nodeJoin>>;
  /** Settings or credentials changed: the link is made anew if they differ, and the gateway with it. */
  refresh(): Promise<void>;
  /** Connected and known by its name. @throws FleetError `node-name-taken`, `nats-denied`, `nats-unreachable` */
  ready(timeoutMs: number): Promise<void>;
}

/** The agent itself. */
export interface AgentControl {
  status(): OutputOf<typeof agentStatus>;
  configure(input: InputOf<typeof nodeConfigure>): Promise<void>;
  label(set: Readonly<Record<string, string>>, remove: readonly string[]): NodeRecord;
  /** Ends every session and every PTY host. @returns how many sessions were ended */
  endSessions(graceMs: number): Promise<number>;
  /** Stops the agent once the answer is sent. */
  stop(): void;
}

/** Whether this node takes sessions, and what happens to those that run. */
export interface DrainControl {
  /** @throws FleetError `bad-input` for an end without a deadline */
  set(input: InputOf<typeof nodeDrain>): NodeRecord;
}

export interface Services {
  readonly sessions: Sessions;
  readonly node: NodeService;
  readonly store: Store;
  readonly tokens: DirectTokens;
  readonly gateway: Gateway;
  readonly hub: Hub;
  readonly fleet: FleetMembership;
  readonly agent: AgentControl;
  readonly audit: Audit;
  readonly drain: DrainControl;
  readonly messages: Messages;
  /** The machine's service manager. */
  readonly serviceManager: ServiceControl;
}
