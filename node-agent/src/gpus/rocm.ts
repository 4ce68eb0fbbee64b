// AMD GPUs by `rocm-smi`, where amd-smi isn't there yet. It doesn't say which process sits on which GPU: one that has much of
// its memory taken is somebody's.
import { fieldsOf, jsonIn, numberIn, textIn } from "./json-fields.ts";
import { rocrUuid } from "./rocr-uuid.ts";
import type { Device, GpuReader } from "./reader.ts";

/** A driver alone takes some hundred megabytes on the largest. */
const BUSY_BYTES = 2 ** 30;

export const rocm: GpuReader = {
  async read(ask) {
    const cards = fieldsOf(jsonIn(await ask("rocm-smi", ["--showproductname", "--showuniqueid", "--showmeminfo", "vram", "--showuse", "--json"])));
    return Object.entries(cards).flatMap(([key, card]) => {
      const index = /^card(\d{1,4})$/.exec(key)?.[1];
      return index === undefined ? [] : [deviceOf(Number(index), card)];
    });
  },
};

function deviceOf(index: number, card: unknown): Device {
  // Releases write `Card series`, `Card Series` and `GPU use (%)` differently.
  const fields = new Map(Object.entries(fieldsOf(card)).map(([name, value]) => [name.toLowerCase(), value]));
  const total = numberIn(fields.get("vram total memory (b)"));
  const used = numberIn(fields.get("vram total used memory (b)"));
  const utilisation = numberIn(fields.get("gpu use (%)"));
  return {
    vendor: "amd",
    index,
    uuid: rocrUuid(textIn(fields.get("unique id")), index),
    name: textIn(fields.get("card series")) ?? textIn(fields.get("device name")) ?? textIn(fields.get("card model")) ?? "AMD GPU",
    memoryBytes: total ?? 0,
    ...(total === undefined || used === undefined ? {} : { memoryFreeBytes: Math.max(0, total - used) }),
    ...(utilisation === undefined ? {} : { utilisation }),
    busy: (used ?? 0) > BUSY_BYTES,
  };
}
