export { ask, type Question } from "./ask.ts";
export { judgeCaller } from "./caller.ts";
export { connectOnce, type Connection, type ConnectSettings } from "./connection.ts";
export { keepConnected, type Keeper } from "./keep-connected.ts";
export { openFleetLink } from "./link.ts";
export { readStream } from "./read-stream.ts";
export { scatter } from "./ping.ts";
export { openNodeTrust, type Trust } from "./trust.ts";
export { type BusCaller, type BusDispatcher, type FleetLink, type FleetLinkDeps, type LinkCounters, type LinkedNode, type LinkSettings, type LinkStatus, type Log, type NodeEvent } from "./types.ts";
