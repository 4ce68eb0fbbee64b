export { runRelay } from "./run-relay.ts";
export { createRelay, type Relay, type RelayDeps } from "./relay.ts";
export { relayFiles } from "./files.ts";
