// The table of verbs: who answers each. A verb of the contract table without its line here does not compile.
import type { NODE_CONTRACTS, NodeVerb } from "@fleetwire/shared/bus";
import type { Handler } from "../handler.ts";
import { handleAgentStatus } from "./agent-status.ts";
import { handleAgentStop } from "./agent-stop.ts";
import { handleAuditChain } from "./audit-chain.ts";
import { handleAuditList } from "./audit-list.ts";
import { handleDirectToken } from "./direct-token.ts";
import { handleEventList } from "./event-list.ts";
import { handleHubDown } from "./hub-down.ts";
import { handleHubInit } from "./hub-init.ts";
import { handleHubRevoke } from "./hub-revoke.ts";
import { handleHubRotate } from "./hub-rotate.ts";
import { handleHubStatus } from "./hub-status.ts";
import { handleHubToken } from "./hub-token.ts";
import { handleHubTokens } from "./hub-tokens.ts";
import { handleHubUp } from "./hub-up.ts";
import { handleMessageAck } from "./message-ack.ts";
import { handleMessageDeliver } from "./message-deliver.ts";
import { handleMessageInbox } from "./message-inbox.ts";
import { handleMessageQueue } from "./message-queue.ts";
import { handleMessageRm } from "./message-rm.ts";
import { handleMessageSend } from "./message-send.ts";
import { handleMessageStatus } from "./message-status.ts";
import { handleNodeConfigure } from "./node-configure.ts";
import { handleNodeDrain } from "./node-drain.ts";
import { handleNodeGet } from "./node-get.ts";
import { handleNodeJoin } from "./node-join.ts";
import { handleNodeLabel } from "./node-label.ts";
import { handleNodeStorage } from "./node-storage.ts";
import { handleServiceInstall } from "./service-install.ts";
import { handleServiceRemove } from "./service-remove.ts";
import { handleSessionAttach } from "./session-attach.ts";
import { handleSessionGet } from "./session-get.ts";
import { handleSessionKill } from "./session-kill.ts";
import { handleSessionLaunch } from "./session-launch.ts";
import { handleSessionList } from "./session-list.ts";
import { handleSessionOutput } from "./session-output.ts";
import { handleSessionPrune } from "./session-prune.ts";
import { handleSessionReport } from "./session-report.ts";
import { handleSessionRestart } from "./session-restart.ts";
import { handleSessionRm } from "./session-rm.ts";
import { handleSessionScreen } from "./session-screen.ts";
import { handleSessionSearch } from "./session-search.ts";
import { handleSessionSend } from "./session-send.ts";
import { handleSessionView } from "./session-view.ts";
import { handleSessionWait } from "./session-wait.ts";

export const HANDLERS: { readonly [V in NodeVerb]: Handler<(typeof NODE_CONTRACTS)[V]> } = {
  "session-launch": handleSessionLaunch,
  "session-list": handleSessionList,
  "session-get": handleSessionGet,
  "session-attach": handleSessionAttach,
  "session-view": handleSessionView,
  "session-send": handleSessionSend,
  "session-kill": handleSessionKill,
  "session-rm": handleSessionRm,
  "session-prune": handleSessionPrune,
  "session-report": handleSessionReport,
  "session-restart": handleSessionRestart,
  "session-wait": handleSessionWait,
  "session-screen": handleSessionScreen,
  "session-output": handleSessionOutput,
  "session-search": handleSessionSearch,
  "node-get": handleNodeGet,
  "node-label": handleNodeLabel,
  "node-drain": handleNodeDrain,
  "node-storage": handleNodeStorage,
  "node-configure": handleNodeConfigure,
  "node-join": handleNodeJoin,
  "agent-status": handleAgentStatus,
  "agent-stop": handleAgentStop,
  "direct-token": handleDirectToken,
  "event-list": handleEventList,
  "message-send": handleMessageSend,
  "message-deliver": handleMessageDeliver,
  "message-inbox": handleMessageInbox,
  "message-ack": handleMessageAck,
  "message-status": handleMessageStatus,
  "message-queue": handleMessageQueue,
  "message-rm": handleMessageRm,
  "hub-init": handleHubInit,
  "hub-up": handleHubUp,
  "hub-down": handleHubDown,
  "hub-status": handleHubStatus,
  "hub-token": handleHubToken,
  "hub-tokens": handleHubTokens,
  "hub-revoke": handleHubRevoke,
  "hub-rotate": handleHubRotate,
  "audit-list": handleAuditList,
  "audit-chain": handleAuditChain,
  "service-install": handleServiceInstall,
  "service-remove": handleServiceRemove,
};
