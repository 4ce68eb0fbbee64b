export { createServices } from "./services.ts";
export { unitProcesses } from "./unit-processes.ts";
export type { Services } from "./types.ts";
