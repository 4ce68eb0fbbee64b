import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { totalmem, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMachineReader, readMachine } from "./machine.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fw-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const MIB = 2 ** 20;
function machine(files: Record<string, string>) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, dirname(name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return readMachine({ proc: join(root, "proc"), cgroup: join(root, "cg") });
}

describe("what the machine has", () => {
  it("is the kernel's available memory where nothing limits it", () => {
    expect(machine({ "proc/meminfo": "MemTotal: 100 kB\nMemAvailable:    2048 kB\n", "proc/self/cgroup": "0::/user.slice/x\n", "cg/user.slice/memory.max": "max\n", "cg/user.slice/memory.current": "5\n" })).toMatchObject({ memoryBytes: totalmem(), memoryFreeBytes: 2 * MIB });
  });

  it("is what the tightest control group above it leaves; cache is given back", () => {
    const { memoryBytes, memoryFreeBytes, cpus } = machine({
      "proc/self/cgroup": "0::/a/b\n",
      "cg/a/memory.max": `${64 * MIB}\n`, "cg/a/memory.current": `${40 * MIB}\n`, "cg/a/memory.stat": `anon 1\ninactive_file ${30 * MIB}\n`,
      "cg/a/b/memory.max": "max\n", "cg/a/b/memory.current": "1\n", "cg/a/b/cpu.max": "150000 100000\n", "cg/a/cpu.max": "max 100000\n",
    });
    expect({ memoryBytes, memoryFreeBytes }).toEqual({ memoryBytes: 64 * MIB, memoryFreeBytes: 54 * MIB });
    expect(cpus).toBeLessThanOrEqual(2);
  });

  it("is what a container of control groups version 1 has", () => {
    const { memoryBytes, memoryFreeBytes, cpus } = machine({
      "proc/self/cgroup": "5:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n", "cg/memory/memory.limit_in_bytes": `${64 * MIB}\n`, "cg/memory/memory.usage_in_bytes": `${8 * MIB}\n`,
      "cg/memory/memory.stat": `total_inactive_file ${4 * MIB}\n`, "cg/cpu/cpu.cfs_quota_us": "50000\n", "cg/cpu/cpu.cfs_period_us": "100000\n",
    });
    expect({ memoryBytes, memoryFreeBytes, cpus }).toEqual({ memoryBytes: 64 * MIB, memoryFreeBytes: 60 * MIB, cpus: 1 });
  });

  it("is known, more or less, where nothing can be read", () => {
    const { cpus, memoryBytes, memoryFreeBytes } = machine({});
    expect(cpus).toBeGreaterThan(0);
    expect(memoryBytes).toBe(totalmem());
    expect(memoryFreeBytes).toBeGreaterThan(0);
  });

  it("is read at most once a second", () => {
    let [now, reads] = [0, 0];
    const read = createMachineReader(() => ({ cpus: ++reads, memoryBytes: 1, memoryFreeBytes: 1 }), () => now);
    expect([read(), read()].map(({ cpus }) => cpus)).toEqual([1, 1]);
    now = 1_000;
    expect([read(), read()].map(({ cpus }) => cpus)).toEqual([2, 2]);
  });
});
