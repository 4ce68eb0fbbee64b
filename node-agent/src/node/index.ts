export { createNodeService, type NodeService } from "./node-service.ts";
