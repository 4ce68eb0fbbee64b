export { createRecorder } from "./audited.ts";
export { createDispatcher, type Dispatcher } from "./dispatch.ts";
export { type Caller } from "./caller.ts";
export { HANDLERS } from "./handlers/index.ts";
export { createOperations } from "./operations.ts";
export { openHttp } from "./http-server.ts";
export { openSessionSockets } from "./session-sockets.ts";
export { type AgentControl, type DrainControl, type FleetMembership } from "./services.ts";
export { createDirectTokens, type DirectTokens } from "./direct-tokens.ts";
