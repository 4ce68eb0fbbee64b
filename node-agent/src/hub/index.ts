export { createHub } from "./hub.ts";
export { joinFleet, type Joined } from "./join.ts";
export { type Hub, type HubAction, type HubDeps, type HubStatus } from "./types.ts";
