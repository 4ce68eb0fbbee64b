export { Fleet } from "./fleet.ts";
export { callerCredentials, callerKey } from "./identity.ts";
export type { LinkSettings } from "./link.ts";
