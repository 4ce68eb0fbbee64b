// NVIDIA GPUs by `nvidia-smi`. Its CSV says `[N/A]`, `[Not Supported]` or `[Insufficient Permissions]` for what a board, a
// driver or a container doesn't tell.
import * as z from "zod/mini";
import { unlessItHangs, type AskTool } from "./ask-tool.ts";
import { withParts } from "./nvidia-parts.ts";
import type { Device, GpuReader } from "./reader.ts";

const MIB = 2 ** 20;
const QUERY = ["index", "uuid", "name", "memory.total", "memory.used", "utilization.gpu"];

const amount = z.pipe(z.string(), z.transform((text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined)));
const Row = z.tuple([z.string().check(z.regex(/^\d{1,4}$/)), z.string().check(z.regex(/^GPU-[0-9A-Za-z-]{8,}$/)), z.string().check(z.minLength(1), z.maxLength(200)), amount, amount, amount]);

export const nvidia: GpuReader = {
  async read(ask) {
    const gpus = rowsOf(await ask("nvidia-smi", [`--query-gpu=${QUERY.join(",")}`, "--format=csv,noheader,nounits"])).flatMap((fields) => deviceOf(fields) ?? []);
    if (gpus.length === 0) return [];
    const busy = new Set(await busyUuids(ask));
    const devices = gpus.map((gpu) => ({ ...gpu, busy: busy.has(gpu.uuid) }));
    return withParts(devices, ask);
  },
};

function deviceOf(fields: readonly string[]): Device | undefined {
  const parsed = Row.safeParse(fields);
  if (!parsed.success) return undefined;
  const [index, uuid, name, total, used, utilisation] = parsed.data;
  return {
    vendor: "nvidia",
    index: Number(index),
    uuid,
    name,
    memoryBytes: (total ?? 0) * MIB,
    ...(total === undefined || used === undefined ? {} : { memoryFreeBytes: Math.max(0, total - used) * MIB }),
    ...(utilisation === undefined ? {} : { utilisation }),
    busy: false,
  };
}

/** Where processes aren't told (some containers), nothing is said to be busy. */
async function busyUuids(ask: AskTool): Promise<string[]> {
  const text = await ask("nvidia-smi", ["--query-compute-apps=gpu_uuid,pid", "--format=csv,noheader,nounits"]).catch(unlessItHangs);
  return rowsOf(text).flatMap(([uuid = ""]) => (/^(GPU|MIG)-/.test(uuid) ? [uuid] : []));
}

function rowsOf(text: string): string[][] {
  return text.split("\n").filter((line) => line.trim() !== "").map((line) => line.split(",").map((field) => field.trim()));
}
