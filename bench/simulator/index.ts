export { SimulatedFleet, simulatedName, type Counters, type SimulatedFleetOptions } from "./simulated-fleet.ts";
