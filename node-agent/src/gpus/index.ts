export { createAskTool } from "./ask-tool.ts";
export { withGpus } from "./environment.ts";
export { gpusOf, takeGpus, type Holder } from "./leases.ts";
export { createGpuProbe, type GpuProbe } from "./probe.ts";
export { readDevices } from "./readers.ts";
