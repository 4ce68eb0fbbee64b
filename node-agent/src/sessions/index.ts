export { createSessions, type Sessions } from "./sessions.ts";
export { openHostPool, type HostPool } from "./host-pool.ts";
export { loginEnvironment } from "./environment.ts";
export type { HostClient } from "./host-client.ts";
