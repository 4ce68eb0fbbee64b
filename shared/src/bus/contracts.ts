// The table of verbs: subjects, permissions, routes and docs are derived from it.
import { agentStatus } from "./agent-status.ts";
import { agentStop } from "./agent-stop.ts";
import { auditChain } from "./audit-chain.ts";
import { auditList } from "./audit-list.ts";
import type { Contract } from "./contract.ts";
import { directToken } from "./direct-token.ts";
import { fleetAudit } from "./fleet-audit.ts";
import { fleetAuditCopy } from "./fleet-audit-copy.ts";
import { eventList } from "./event-list.ts";
import { fleetClaim } from "./fleet-claim.ts";
import { fleetEnroll } from "./fleet-enroll.ts";
import { fleetEvents } from "./fleet-events.ts";
import { fleetForget } from "./fleet-forget.ts";
import { fleetNodes } from "./fleet-nodes.ts";
import { fleetPlace } from "./fleet-place.ts";
import { fleetSessions } from "./fleet-sessions.ts";
import { fleetRenew } from "./fleet-renew.ts";
import { hubDown } from "./hub-down.ts";
import { hubInit } from "./hub-init.ts";
import { hubRevoke } from "./hub-revoke.ts";
import { hubRotate } from "./hub-rotate.ts";
import { hubStatus } from "./hub-status.ts";
import { hubToken } from "./hub-token.ts";
import { hubTokens } from "./hub-tokens.ts";
import { hubUp } from "./hub-up.ts";
import { messageAck } from "./message-ack.ts";
import { messageDeliver } from "./message-deliver.ts";
import { messageInbox } from "./message-inbox.ts";
import { messageQueue } from "./message-queue.ts";
import { messageRm } from "./message-rm.ts";
import { messageSend } from "./message-send.ts";
import { messageStatus } from "./message-status.ts";
import { nodeConfigure } from "./node-configure.ts";
import { nodeDrain } from "./node-drain.ts";
import { nodeGet } from "./node-get.ts";
import { nodeJoin } from "./node-join.ts";
import { nodeLabel } from "./node-label.ts";
import { nodeStorage } from "./node-storage.ts";
import { serviceInstall } from "./service-install.ts";
import { serviceRemove } from "./service-remove.ts";
import { sessionAttach } from "./session-attach.ts";
import { sessionGet } from "./session-get.ts";
import { sessionKill } from "./session-kill.ts";
import { sessionLaunch } from "./session-launch.ts";
import { sessionList } from "./session-list.ts";
import { sessionOutput } from "./session-output.ts";
import { sessionPrune } from "./session-prune.ts";
import { sessionReport } from "./session-report.ts";
import { sessionRestart } from "./session-restart.ts";
import { sessionRm } from "./session-rm.ts";
import { sessionScreen } from "./session-screen.ts";
import { sessionSearch } from "./session-search.ts";
import { sessionSend } from "./session-send.ts";
import { sessionView } from "./session-view.ts";
import { sessionWait } from "./session-wait.ts";

/** Answered by a node. */
export const NODE_CONTRACTS = {
  "session-launch": sessionLaunch,
  "session-list": sessionList,
  "session-get": sessionGet,
  "session-attach": sessionAttach,
  "session-view": sessionView,
  "session-send": sessionSend,
  "session-kill": sessionKill,
  "session-rm": sessionRm,
  "session-prune": sessionPrune,
  "session-report": sessionReport,
  "session-restart": sessionRestart,
  "session-wait": sessionWait,
  "session-screen": sessionScreen,
  "session-output": sessionOutput,
  "session-search": sessionSearch,
  "node-get": nodeGet,
  "node-label": nodeLabel,
  "node-drain": nodeDrain,
  "node-storage": nodeStorage,
  "node-configure": nodeConfigure,
  "node-join": nodeJoin,
  "agent-status": agentStatus,
  "agent-stop": agentStop,
  "direct-token": directToken,
  "event-list": eventList,
  "message-send": messageSend,
  "message-deliver": messageDeliver,
  "message-inbox": messageInbox,
  "message-ack": messageAck,
  "message-status": messageStatus,
  "message-queue": messageQueue,
  "message-rm": messageRm,
  "hub-init": hubInit,
  "hub-up": hubUp,
  "hub-down": hubDown,
  "hub-status": hubStatus,
  "hub-token": hubToken,
  "hub-tokens": hubTokens,
  "hub-revoke": hubRevoke,
  "hub-rotate": hubRotate,
  "audit-list": auditList,
  "audit-chain": auditChain,
  "service-install": serviceInstall,
  "service-remove": serviceRemove,
} as const satisfies Record<string, Contract>;
export type NodeVerb = keyof typeof NODE_CONTRACTS;

/** Answered by the registry, on `f1.<fleet>.q.<view>.<caller>`. */
export const REGISTRY_CONTRACTS = {
  nodes: fleetNodes,
  sessions: fleetSessions,
  claim: fleetClaim,
  forget: fleetForget,
  enroll: fleetEnroll,
  renew: fleetRenew,
  place: fleetPlace,
  audit: fleetAudit,
  "audit-copy": fleetAuditCopy,
  events: fleetEvents,
} as const satisfies Record<string, Contract>;
export type RegistryView = keyof typeof REGISTRY_CONTRACTS;
