export { createGateway } from "./gateway.ts";
export { type Gateway, type GatewayAnswer, type GatewayWant } from "./types.ts";
