// MIG devices: parts of one GPU, each with a UUID of its own. `nvidia-smi -L` lists them below their GPU:
//
//     GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-…)
//       MIG 3g.20gb     Device  0: (UUID: MIG-9fa5168d-…)
//
// Which process sits on which part is told by `nvidia-smi -q -x` alone.
import { unlessItHangs, type AskTool } from "./ask-tool.ts";
import type { Device } from "./reader.ts";

const LISTED = /^\s+MIG\s+(\S+)\s+Device\s+(\d+):\s+\(UUID:\s+(MIG-[^)\s]+)\)/;

interface Part {
  readonly gpu: string;
  readonly profile: string;
  readonly device: number;
  readonly uuid: string;
}

/** The GPUs, those that are divided replaced by their parts. */
export async function withParts(gpus: readonly Device[], ask: AskTool): Promise<Device[]> {
  const parts = partsOf(await ask("nvidia-smi", ["-L"]).catch(unlessItHangs));
  if (parts.length === 0) return [...gpus];
  const details = await ask("nvidia-smi", ["-q", "-x"]).catch(unlessItHangs);
  return gpus.flatMap((gpu) => {
    const own = parts.filter((part) => part.gpu === gpu.uuid);
    return own.length === 0 ? [gpu] : own.map((part) => deviceOf(gpu, part, details));
  });
}

function partsOf(list: string): Part[] {
  const parts: Part[] = [];
  let gpu = "";
  for (const line of list.split("\n")) {
    gpu = /^GPU \d+: .*\(UUID: (GPU-[^)\s]+)\)/.exec(line)?.[1] ?? gpu;
    const [, profile, device, uuid] = LISTED.exec(line) ?? [];
    if (profile !== undefined && uuid !== undefined && gpu !== "") parts.push({ gpu, profile, device: Number(device), uuid });
  }
  return parts;
}

function deviceOf(gpu: Device, { profile, device, uuid }: Part, details: string): Device {
  const xml = elements(details, "gpu").find((one) => text(one, "uuid") === gpu.uuid);
  const mig = xml === undefined ? undefined : elements(xml, "mig_device").find((one) => text(one, "index") === String(device));
  const memory = mig === undefined ? undefined : elements(mig, "fb_memory_usage")[0];
  const instance = mig === undefined ? undefined : text(mig, "gpu_instance_id");
  const total = mebibytes(memory, "total") ?? profileBytes(profile);
  const free = mebibytes(memory, "free");
  return {
    vendor: "nvidia",
    index: gpu.index,
    uuid,
    name: `${gpu.name} MIG ${profile}`,
    memoryBytes: total,
    ...(free === undefined ? {} : { memoryFreeBytes: free }),
    part: true,
    // Without the details a process on the GPU may sit on any of its parts.
    busy: instance === undefined || xml === undefined ? gpu.busy : elements(xml, "process_info").some((process) => text(process, "gpu_instance_id") === instance && (text(process, "type") ?? "C").includes("C")),
  };
}

/** `3g.20gb`, `1g.10gb+me`. */
function profileBytes(profile: string): number {
  return Number(/\.(\d+)gb/.exec(profile)?.[1] ?? 0) * 2 ** 30;
}

function mebibytes(xml: string | undefined, tag: string): number | undefined {
  const amount = /^(\d+) MiB$/.exec((xml === undefined ? undefined : text(xml, tag)) ?? "")?.[1];
  return amount === undefined ? undefined : Number(amount) * 2 ** 20;
}

/** The tool's XML is flat and its own: elements of one name don't nest, except `gpu`, which has an attribute. */
function elements(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}(?: [^>]*)?>([\\s\\S]*?)</${tag}>`, "g"))].map(([, content = ""]) => content);
}

function text(xml: string, tag: string): string | undefined {
  return elements(xml, tag)[0]?.trim();
}
