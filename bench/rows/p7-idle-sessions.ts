import { setTimeout as sleep } from "node:timers/promises";
import { figure } from "../harness/statistics.ts";
import { cpuPercent, memoryKb } from "../harness/proc.ts";
import { Machine } from "../product/machine.ts";
import { idling } from "../programs/index.ts";
import type { Row } from "./row.ts";

const IN_FLIGHT = 50;

export const p7: Row = {
  id: "P7",
  title: "1,000 idle sessions on one node",
  async run({ workplace, pick }) {
    const count = pick(1_000, 200);
    await using machine = await Machine.start(workplace);
    // The first session loads what every session needs.
    await machine.launch(idling());
    const hostMemory = () => machine.hostPids().reduce((sum, pid) => sum + memoryKb(pid).pss, 0);
    await sleep(1_000);
    const before = hostMemory();
    const from = performance.now();
    let left = count;
    await Promise.all(
      Array.from({ length: IN_FLIGHT }, async () => {
        while (left-- > 0) await machine.launch(idling());
      }),
    );
    const launchMs = (performance.now() - from) / count;
    // A program that prints nothing is looked at once more when it has been quiet for five seconds.
    await sleep(10_000);
    const memory = (hostMemory() - before) / count;
    const pids = [...machine.hostPids(), await machine.agentPid()];
    const cpu = await cpuPercent(pids, pick(10_000, 4_000));
    const what = `${count} idle sessions`;
    return [
      { row: "P7", what: `${what}: memory of the host, each`, unit: "KB", ours: figure("ours", [memory]), peers: [], bars: [{ kind: "limit", atMost: 40 }], note: `proportional set size; ${Math.round(before / 1024)} MB before` },
      // The kernel counts in hundredths of a second: half a percent is what can be told from nothing.
      { row: "P7", what: `${what}: processor, agent and host`, unit: "%", ours: figure("ours", [cpu]), peers: [], bars: [{ kind: "limit", atMost: 0.5 }] },
      { row: "P7", what: `${what}: launch, ${IN_FLIGHT} in flight, each`, unit: "ms", ours: figure("ours", [launchMs]), peers: [], bars: [{ kind: "limit", atMost: 4 }] },
    ];
  },
};
