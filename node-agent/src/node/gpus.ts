// GPUs by nvidia-smi, asked beside the work: a driver that hangs costs nothing but a missing row.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { NodeRecord } from "@fleetwire/shared/domain";

type Gpus = NodeRecord["resources"]["gpus"];

const FRESH_MS = 60_000;
const TIMEOUT_MS = 5_000;

export interface GpuProbe {
  /** What is known now; asks again in the background when that is old. */
  current(): Gpus;
}

export function createGpuProbe(now: () => number, read: () => Promise<Gpus> = readGpus): GpuProbe {
  let known: Gpus = [];
  let askedAt: number | undefined;
  return {
    current() {
      if (askedAt === undefined || now() - askedAt > FRESH_MS) {
        askedAt = now();
        void read().then(
          (gpus) => (known = gpus),
          () => (known = []),
        );
      }
      return known;
    },
  };
}

/** Rows of `nvidia-smi`; none where it isn't installed. A GPU is free while no process computes on it. */
async function readGpus(): Promise<Gpus> {
  const query = async (...args: string[]) => (await promisify(execFile)("nvidia-smi", [...args, "--format=csv,noheader,nounits"], { timeout: TIMEOUT_MS })).stdout.trim().split("\n").filter((line) => line !== "");
  const rows = await query("--query-gpu=uuid,name,memory.total");
  const busy = new Set((await query("--query-compute-apps=gpu_uuid")).map((line) => line.trim()));
  return rows.map((row) => {
    const [uuid = "", name = "", mebibytes = "0"] = row.split(",").map((field) => field.trim());
    return { name, memoryBytes: Number(mebibytes) * 1024 * 1024 || 0, free: !busy.has(uuid) };
  });
}
