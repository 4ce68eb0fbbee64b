export { createNodeService, type NodeService } from "./node-service.ts";
export { createGpuProbe } from "./gpus.ts";
