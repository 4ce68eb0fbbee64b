export { SimulatedFleet, type Counters, type SimulatedFleetOptions } from "./simulated-fleet.ts";
export { BEAT_MS, SimulatedNode, type SimulatedNodeOptions } from "./simulated-node.ts";
