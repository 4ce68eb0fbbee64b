// A simulated fleet as a process: simulator.js --nats URL --nodes N [--sessions M] [--first K] [--hub DIR]
// Says {"ready": N} when all are there, with their keys; answers each line of input ("counters" or "change", as JSON) with its counters;
// leaves when its input ends. Nodes are frozen or killed with their process.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { SimulatedFleet } from "./index.ts";

const options = { nats: { type: "string" }, nodes: { type: "string" }, sessions: { type: "string" }, first: { type: "string" }, hub: { type: "string" } } as const;
const { values } = parseArgs({ options });
const fleet = new SimulatedFleet({
  urls: (values.nats ?? "nats://127.0.0.1:4222").split(","),
  nodes: Number(values.nodes ?? 100),
  sessions: Number(values.sessions ?? 0),
  first: Number(values.first ?? 0),
  hub: values.hub,
});
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

await fleet.start();
say({ ready: fleet.counters().online, keys: fleet.nodes.map(({ key }) => key.publicKey) });
for await (const line of createInterface({ input: process.stdin })) {
  if (JSON.parse(line) === "change") fleet.change();
  say(fleet.counters());
}
await fleet[Symbol.asyncDispose]();
