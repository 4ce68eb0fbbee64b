// Real processes that print what the vendors' tools of several releases print.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeTools, fakeUuid, waitFor } from "@fleetwire/shared/testing";
import { createAskTool } from "./ask-tool.ts";
import { createGpuProbe } from "./probe.ts";
import { readDevices } from "./readers.ts";

const A100 = "GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77";
const H100 = "GPU-0a4c0a94-2ac4-aca2-2a3b-0b2f3a0ef4a1";
const GIB = 2 ** 30;

let tools: FakeTools;
beforeEach(() => {
  tools = new FakeTools();
});
afterEach(() => tools[Symbol.dispose]());
const find = (program: string) => {
  const file = join(tools.path, program);
  return existsSync(file) ? file : undefined;
};
const read = () => readDevices(createAskTool(10_000, find), []);

describe("nvidia-smi", () => {
  it("two boards, one of them in use", async () => {
    tools.nvidia([{ uuid: H100, memory: 81_559, used: 1_204 }, { uuid: A100, name: "NVIDIA A100-SXM4-40GB", memory: 40_960, used: 0 }], [H100]);
    expect(await read()).toEqual([
      { vendor: "nvidia", index: 0, uuid: H100, name: "NVIDIA H100 80GB HBM3", memoryBytes: 81_559 * 2 ** 20, memoryFreeBytes: 80_355 * 2 ** 20, utilisation: 0, busy: true },
      { vendor: "nvidia", index: 1, uuid: A100, name: "NVIDIA A100-SXM4-40GB", memoryBytes: 40 * GIB, memoryFreeBytes: 40 * GIB, utilisation: 0, busy: false },
    ]);
  });

  it("what a board doesn't tell is left out (integrated GPUs, restricted containers)", async () => {
    tools.answers("nvidia-smi", { "--query-gpu=*": `0, ${A100}, NVIDIA GB10, [N/A], [N/A], [Insufficient Permissions]\n`, "--query-compute-apps=*": "[Not Supported]\n", "-L": `GPU 0: NVIDIA GB10 (UUID: ${A100})\n` });
    expect(await read()).toEqual([{ vendor: "nvidia", index: 0, uuid: A100, name: "NVIDIA GB10", memoryBytes: 0, busy: false }]);
  });

  const list = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: ${A100})\n  MIG 3g.20gb     Device  0: (UUID: MIG-9fa5168d-0bb1-5cc8-a1b4-6d2a2c8f0b11)\n  MIG 1g.5gb      Device  1: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)\nGPU 1: NVIDIA H100 80GB HBM3 (UUID: ${H100})\n`;
  const rows = `0, ${A100}, NVIDIA A100-SXM4-40GB, 40960, 38, [N/A]\n1, ${H100}, NVIDIA H100 80GB HBM3, 81559, 4, 12\n`;

  it("a divided board's parts stand in its place, each with its own processes", async () => {
    const details = `<?xml version="1.0" ?>\n<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">\n<nvidia_smi_log>
      <gpu id="00000000:07:00.0"><uuid>${A100}</uuid><utilization><gpu_util>N/A</gpu_util></utilization><mig_devices>
        <mig_device><index>0</index><gpu_instance_id>2</gpu_instance_id><compute_instance_id>0</compute_instance_id><fb_memory_usage><total>19968 MiB</total><reserved>0 MiB</reserved><used>19 MiB</used><free>19949 MiB</free></fb_memory_usage></mig_device>
        <mig_device><index>1</index><gpu_instance_id>9</gpu_instance_id><compute_instance_id>0</compute_instance_id><fb_memory_usage><total>4864 MiB</total><used>900 MiB</used><free>3964 MiB</free></fb_memory_usage></mig_device>
      </mig_devices><processes><process_info><gpu_instance_id>9</gpu_instance_id><compute_instance_id>0</compute_instance_id><pid>4711</pid><type>C</type><process_name>python</process_name></process_info></processes></gpu>
      <gpu id="00000000:0F:00.0"><uuid>${H100}</uuid><mig_devices>None</mig_devices><processes></processes></gpu></nvidia_smi_log>`;
    tools.answers("nvidia-smi", { "--query-gpu=*": rows, "--query-compute-apps=*": `${A100}, 4711\n`, "-L": list, "-q -x": details });
    expect(await read()).toEqual([
      { vendor: "nvidia", index: 0, uuid: "MIG-9fa5168d-0bb1-5cc8-a1b4-6d2a2c8f0b11", name: "NVIDIA A100-SXM4-40GB MIG 3g.20gb", memoryBytes: 19_968 * 2 ** 20, memoryFreeBytes: 19_949 * 2 ** 20, part: true, busy: false },
      { vendor: "nvidia", index: 0, uuid: "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f", name: "NVIDIA A100-SXM4-40GB MIG 1g.5gb", memoryBytes: 4_864 * 2 ** 20, memoryFreeBytes: 3_964 * 2 ** 20, part: true, busy: true },
      { vendor: "nvidia", index: 1, uuid: H100, name: "NVIDIA H100 80GB HBM3", memoryBytes: 81_559 * 2 ** 20, memoryFreeBytes: 81_555 * 2 ** 20, utilisation: 12, busy: false },
    ]);
  });

  it("without the details a part's memory is its profile's, and a process on the board makes all of them busy", async () => {
    tools.answers("nvidia-smi", { "--query-gpu=*": rows, "--query-compute-apps=*": `${A100}, 4711\n`, "-L": list });
    expect((await read()).map(({ memoryBytes, busy }) => [memoryBytes, busy])).toEqual([[20 * GIB, true], [5 * GIB, true], [81_559 * 2 ** 20, false]]);
  });

  it("one that tells of nothing but its boards", async () => {
    tools.answers("nvidia-smi", { "--query-gpu=*": rows });
    expect((await read()).map(({ uuid, busy }) => [uuid, busy])).toEqual([[A100, false], [H100, false]]);
  });

  it.each([
    ["no device", "echo 'No devices were found'"],
    ["a driver that doesn't match", "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18"],
    ["an unknown field", `echo 'Field "utilization.gpu" is not a valid field to query.'; exit 2`],
    ["bytes", "head -c 100000 /dev/urandom"],
    ["an endless answer", "yes GPU"],
    ["half a row", "printf '0, GPU-5d5b'"],
    ["a crash", "kill -SEGV $$"],
  ])("%s: no GPU, no failure", async (_what, script) => {
    tools.script("nvidia-smi", script);
    expect(await read()).toEqual([]);
  });
});

describe("amd-smi", () => {
  const asic = { market_name: "AMD Instinct MI300X", vendor_id: "0x1002", device_id: "0x74a1", asic_serial: "0x8C2F1A0B3D4E5F60" };
  const process = { process_list: [{ process_info: { name: "python3", pid: 4711, mem_usage: { value: 1024, unit: "B" } } }] };
  const idle = { process_list: [{ process_info: "No running processes detected" }] };
  const boards = [{ gpu: 0, asic, vram: { type: "HBM3", vendor: null, size: { value: 196_592, unit: "MB" } } }, { gpu: 1, asic: { ...asic, asic_serial: "N/A" }, vram: { type: "HBM3", size: { value: 196_592, unit: "MB" } } }];
  const metric = (gpu: number) => ({ gpu, usage: { gfx_activity: { value: 7, unit: "%" } }, mem_usage: { total_vram: { value: 196_592, unit: "MB" }, used_vram: { value: 283, unit: "MB" } } });
  const shown = [
    { vendor: "amd", index: 0, uuid: "GPU-8c2f1a0b3d4e5f60", name: "AMD Instinct MI300X", memoryBytes: 196_592 * 2 ** 20, memoryFreeBytes: 196_309 * 2 ** 20, utilisation: 7, busy: true },
    { vendor: "amd", index: 1, uuid: "amd-1", name: "AMD Instinct MI300X", memoryBytes: 196_592 * 2 ** 20, memoryFreeBytes: 196_309 * 2 ** 20, utilisation: 7, busy: false },
  ];

  it("lists as release 6 writes them", async () => {
    tools.answers("amd-smi", { "static *": JSON.stringify(boards), "metric *": JSON.stringify([metric(0), metric(1)]), "process *": JSON.stringify([{ gpu: 0, ...process }, { gpu: 1, ...idle }]) });
    expect(await read()).toEqual(shown);
  });

  it("lists inside an object as release 7 writes them, after a warning", async () => {
    const inside = (rows: unknown) => `WARNING: User is missing the following required groups: render\n${JSON.stringify({ gpu_data: rows })}`;
    tools.answers("amd-smi", { "static *": inside(boards), "metric *": inside([metric(0), metric(1)]), "process *": JSON.stringify([{ gpu: 0, ...process }, { gpu: 1, ...idle }]) });
    expect(await read()).toEqual(shown);
  });

  it("plain numbers as release 5 writes them, and metrics that are refused", async () => {
    tools.answers("amd-smi", { "static *": JSON.stringify([{ gpu: 0, asic, vram: { vram_type: "HBM", size: 65_520 } }]) });
    expect(await read()).toEqual([{ vendor: "amd", index: 0, uuid: "GPU-8c2f1a0b3d4e5f60", name: "AMD Instinct MI300X", memoryBytes: 65_520 * 2 ** 20, busy: false }]);
  });

  it("one that can't, and rocm-smi instead", async () => {
    tools.script("amd-smi", "echo 'ModuleNotFoundError: No module named amdsmi' >&2; exit 1");
    const card = (used: string) => ({ "Unique ID": "0x18f2d4f4d27a1b9c", "GPU use (%)": "3", "VRAM Total Memory (B)": "68702699520", "VRAM Total Used Memory (B)": used, "Card Series": "AMD INSTINCT MI250", "Card Model": "0x0b0c" });
    const { "Card Series": series, ...older } = card("9000000000");
    tools.answers("rocm-smi", { "*--json": JSON.stringify({ card0: card("10985472"), card1: { ...older, "Unique ID": "N/A", "Card series": series }, system: { "Driver version": "6.3.6" } }) });
    expect(await read()).toEqual([
      { vendor: "amd", index: 0, uuid: "GPU-18f2d4f4d27a1b9c", name: "AMD INSTINCT MI250", memoryBytes: 68_702_699_520, memoryFreeBytes: 68_691_714_048, utilisation: 3, busy: false },
      { vendor: "amd", index: 1, uuid: "amd-1", name: "AMD INSTINCT MI250", memoryBytes: 68_702_699_520, memoryFreeBytes: 59_702_699_520, utilisation: 3, busy: true },
    ]);
  });

  it.each(["[]", "{}", "null", "[1,2]", '[{"gpu":"x"}]', '{"gpu_data":5}', "[[[[", "", '[{"gpu":1e999}]', '[{"gpu":0,"asic":7,"vram":[]}]'])("garbage %j is no failure", async (text) => {
    tools.answers("amd-smi", { "*": text });
    const devices = await read();
    expect(devices.length).toBeLessThanOrEqual(1);
    for (const device of devices) expect(device).toMatchObject({ memoryBytes: 0, name: "AMD GPU" });
  });
});

describe("a tool that hangs", () => {
  it("costs its time once, keeps what was known, and is asked again when it is gone", async () => {
    tools.nvidia([{ uuid: H100 }]);
    const ask = createAskTool(300, find);
    let now = 0;
    let changes = 0;
    const probe = createGpuProbe(() => now, (before) => readDevices(ask, before), () => changes++);
    await waitFor("the tool is quick enough", async () => {
      now += 2_000;
      return (await probe.fresh()).length === 1;
    });
    // The tool ends, and a child of its keeps its output open; then it doesn't end either.
    tools.script("nvidia-smi", "sleep 98.7 &");
    now += 2_000;
    expect(await probe.fresh()).toHaveLength(1);
    tools.script("nvidia-smi", "sleep 98.7 & wait");
    now += 100_000;
    expect(probe.current()).toHaveLength(1);
    expect(await probe.fresh()).toHaveLength(1);
    expect(changes).toBe(1);
    await waitFor("nothing of it is left", () => !execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).includes("sleep 98.7"));
    tools.nvidia([{ uuid: H100 }, { uuid: fakeUuid(2) }]);
    await waitFor("the tool is asked again", async () => {
      now += 2_000;
      return (await probe.fresh()).length === 2;
    });
    expect(changes).toBe(2);
  });
});
