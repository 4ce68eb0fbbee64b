export { createProcesses } from "./processes.ts";
export { type Log, type Processes, type Program, type ProgramSpec } from "./types.ts";
