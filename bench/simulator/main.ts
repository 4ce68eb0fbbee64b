// A simulated fleet as a process: simulator.js --nats URL --nodes N [--sessions M] [--first K] [--fleet F]
// Says {"ready": N} when all are there; answers each line of input with its counters; leaves when its input ends.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { SimulatedFleet } from "./index.ts";

const options = { nats: { type: "string" }, nodes: { type: "string" }, sessions: { type: "string" }, first: { type: "string" }, fleet: { type: "string" } } as const;
const { values } = parseArgs({ options });
const fleet = new SimulatedFleet({
  urls: (values.nats ?? "nats://127.0.0.1:4222").split(","),
  nodes: Number(values.nodes ?? 100),
  sessions: Number(values.sessions ?? 0),
  first: Number(values.first ?? 0),
  fleet: values.fleet,
});
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

await fleet.start();
say({ ready: fleet.connected() });
for await (const _line of createInterface({ input: process.stdin })) say({ ...fleet.counters, online: fleet.connected() });
await fleet[Symbol.asyncDispose]();
