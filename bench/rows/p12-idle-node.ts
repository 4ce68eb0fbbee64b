import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "@fleetwire/shared/testing";
import { figure } from "../harness/statistics.ts";
import { cpuPercent, memoryKb } from "../harness/proc.ts";
import { startNats, startRegistry, startSimulatedNodes } from "../product/fleet.ts";
import { Machine } from "../product/machine.ts";
import { idling } from "../programs/index.ts";
import type { Row } from "./row.ts";

export const p12: Row = {
  id: "P12",
  title: "node agent and PTY host idle, in a fleet of 1,000",
  async run({ workplace, pick }) {
    const nodes = pick(1_000, 200);
    await using nats = await startNats(workplace);
    if (nats === undefined) return [{ row: "P12", what: `idle in a fleet of ${nodes}`, skipped: "no nats-server here" }];
    await using registry = await startRegistry(workplace, nats);
    await using _nodes = await startSimulatedNodes(workplace, { url: nats.url, caller: registry.caller }, nodes);
    await using machine = await Machine.start(workplace, { nats: nats.url });
    await waitFor("the node in its fleet", async () => (await machine.call("agent-status", {})).fleet.state === "connected", 20_000);
    await machine.launch(idling());
    await sleep(pick(5_000, 2_000));
    const agent = await machine.agentPid();
    const hosts = machine.hostPids();
    const cpu = await cpuPercent([agent], pick(30_000, 8_000));
    const limit = (atMost: number) => [{ kind: "limit" as const, atMost }];
    const resident = (what: string, pids: readonly number[], atMost: number) => {
      const memory = pids.map(memoryKb);
      const proportional = memory.map(({ pss }) => (pss / 1024).toFixed(0)).join(", ");
      return { row: "P12", what, unit: "MB", ours: figure("ours", memory.map(({ rss }) => rss / 1024)), peers: [], bars: limit(atMost), note: `resident; proportional set size ${proportional} MB` };
    };
    return [
      { row: "P12", what: `agent's processor, idle in a fleet of ${nodes}`, unit: "%", ours: figure("ours", [cpu]), peers: [], bars: limit(1) },
      resident("agent's memory", [agent], 120),
      resident("PTY host's memory", hosts, 70),
    ];
  },
};
