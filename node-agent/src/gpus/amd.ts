// AMD GPUs by `amd-smi`.
import { bytesIn, fieldsOf, jsonIn, listOf, numberIn, textIn, type Fields } from "./json-fields.ts";
import type { AskTool } from "./ask-tool.ts";
import { rocrUuid } from "./rocr-uuid.ts";
import type { Device, GpuReader } from "./reader.ts";

export const amd: GpuReader = {
  async read(ask) {
    const [statics, metrics, processes] = await Promise.all([
      list(ask, ["static", "--asic", "--vram", "--json"]),
      list(ask, ["metric", "--mem-usage", "--usage", "--json"]).catch(() => []),
      list(ask, ["process", "--json"]).catch(() => []),
    ]);
    const of = (rows: readonly Fields[], index: number) => rows.find((row) => numberIn(row["gpu"]) === index) ?? {};
    return statics.flatMap((row) => {
      const index = numberIn(row["gpu"]);
      return index === undefined || !Number.isInteger(index) ? [] : [deviceOf(index, row, of(metrics, index), of(processes, index))];
    });
  },
};

async function list(ask: AskTool, args: readonly string[]): Promise<Fields[]> {
  return listOf(jsonIn(await ask("amd-smi", args)));
}

function deviceOf(index: number, row: Fields, metric: Fields, processes: Fields): Device {
  const asic = fieldsOf(row["asic"]);
  const memory = fieldsOf(metric["mem_usage"]);
  const total = bytesIn(fieldsOf(row["vram"])["size"]) ?? bytesIn(memory["total_vram"]);
  const used = bytesIn(memory["used_vram"]);
  const utilisation = numberIn(fieldsOf(metric["usage"])["gfx_activity"]);
  return {
    vendor: "amd",
    index,
    uuid: rocrUuid(textIn(asic["asic_serial"]), index),
    name: textIn(asic["market_name"]) ?? "AMD GPU",
    memoryBytes: total ?? 0,
    ...(total === undefined || used === undefined ? {} : { memoryFreeBytes: Math.max(0, total - used) }),
    ...(utilisation === undefined ? {} : { utilisation }),
    // "No running processes detected" stands where a process would.
    busy: listOf(processes["process_list"]).some((entry) => numberIn(fieldsOf(entry["process_info"])["pid"]) !== undefined),
  };
}
