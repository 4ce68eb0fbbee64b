// The tools that are asked, by vendor. Of one vendor's the first that works says all.
import { GpuVendor } from "@fleetwire/shared/domain";
import { amd } from "./amd.ts";
import { ToolHangs, type AskTool } from "./ask-tool.ts";
import { nvidia } from "./nvidia.ts";
import type { Device, GpuReader } from "./reader.ts";
import { rocm } from "./rocm.ts";

const READERS: Readonly<Record<GpuVendor, readonly GpuReader[]>> = { nvidia: [nvidia], amd: [amd, rocm] };

/** @param before what is kept of a vendor whose tool hangs: its GPUs haven't gone */
export async function readDevices(ask: AskTool, before: readonly Device[]): Promise<Device[]> {
  const found = await Promise.all(GpuVendor.options.map(async (vendor) => (await readFirst(READERS[vendor], ask)) ?? before.filter((device) => device.vendor === vendor)));
  return found.flat();
}

/** @returns undefined when a tool hangs */
async function readFirst(readers: readonly GpuReader[], ask: AskTool): Promise<Device[] | undefined> {
  // Each twice: a machine that was short of processes for a moment has not lost its GPUs.
  for (const reader of readers.flatMap((one) => [one, one])) {
    try {
      return await reader.read(ask);
    } catch (error) {
      if (error instanceof ToolHangs) return undefined;
    }
  }
  return [];
}
