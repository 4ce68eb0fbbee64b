// What the node agent takes from here: the identity of processes and of the host program, how what a session left
// behind is found and ended, and how a log on disk is read. Everything else it asks over the control protocol.
export { buildOf } from "./build.ts";
export { LogReader } from "./log/log-reader.ts";
export { TimingFile } from "./log/timing-file.ts";
export { isSameProcess, processStart } from "./process-identity.ts";
export { killTree } from "./processes/kill-tree.ts";
export { ProcessTable } from "./processes/process-table.ts";
export { isGroupOf, leaveSessionGroup, removeGroup } from "./processes/session-group.ts";
