// Names of a log's segment files: the offset of their first byte, padded so that they sort.
import { readdirSync } from "node:fs";

const NAME = /^(\d{16})\.log$/;

export function fileName(start: number): string {
  return `${String(start).padStart(16, "0")}.log`;
}

/** In order; none when the directory can't be read. */
export function segmentStarts(directory: string): number[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number).toSorted((a, b) => a - b);
}
