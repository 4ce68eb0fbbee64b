export { createClient } from "./fleet-client.ts";
export { readCa } from "./ca.ts";
export { newOperationId } from "./operation-id.ts";
export { readSecret } from "./secret.ts";
export { hasHosts } from "./local/hosts.ts";
export { processEnd } from "./local/process-end.ts";
export { findNodeProgram } from "./local/agent-program.ts";
export type { CallOptions, FleetClient, NodesAnswer, Place, SessionAddress, SessionsAnswer, SessionsQuery, StreamRequest } from "./types.ts";
export type { EventsRequest, HeardEvent } from "./events/index.ts";
