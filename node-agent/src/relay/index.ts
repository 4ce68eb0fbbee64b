export { runRelay } from "./run-relay.ts";
export { relayFiles } from "./files.ts";
