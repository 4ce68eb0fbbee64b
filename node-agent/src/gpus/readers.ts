// The tools that are asked, by vendor. Of one vendor's the first that works says all.
import { amd } from "./amd.ts";
import { ToolHangs, type AskTool } from "./ask-tool.ts";
import { nvidia } from "./nvidia.ts";
import type { Device, GpuReader } from "./reader.ts";
import { rocm } from "./rocm.ts";

export const READERS: readonly (readonly GpuReader[])[] = [[nvidia], [amd, rocm]];

/** @param before what is kept of a vendor whose tool hangs: its GPUs haven't gone */
export async function readDevices(ask: AskTool, before: readonly Device[]): Promise<Device[]> {
  const found = await Promise.all(READERS.map((readers) => readFirst(readers, ask)));
  return found.flatMap((devices, at) => devices ?? before.filter(({ vendor }) => (vendor === "nvidia") === (at === 0)));
}

/** @returns undefined when a tool hangs */
async function readFirst(readers: readonly GpuReader[], ask: AskTool): Promise<Device[] | undefined> {
  for (const reader of readers) {
    try {
      return await reader.read(ask);
    } catch (error) {
      if (error instanceof ToolHangs) return undefined;
    }
  }
  return [];
}
