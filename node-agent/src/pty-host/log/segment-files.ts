// A log's segment files: named by the offset of their first byte, padded so that they sort, and read by offset.
import { readdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

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

export interface Segment {
  readonly start: number;
  end: number;
}

export interface LogPart {
  /** Where the bytes are from; greater than what was asked for when what is before it is gone. */
  readonly offset: number;
  readonly bytes: Buffer;
  /** Why bytes before `offset` are missing. */
  readonly missing?: "rotated" | "disk";
}

/** @returns also the segments that should have had bytes and have none any more */
export async function readPart(directory: string, segments: readonly Segment[], offset: number, max: number): Promise<{ found: LogPart | undefined; gone: Segment[] }> {
  const gone: Segment[] = [];
  for (const segment of segments.filter(({ start, end }) => end > offset && end > start)) {
    const from = Math.max(offset, segment.start);
    const buffer = Buffer.allocUnsafe(Math.min(max, segment.end - from));
    const read = await readAt(join(directory, fileName(segment.start)), buffer, from - segment.start);
    if (read > 0) {
      const why = gone.length === 0 && segment.start === segments[0]?.start ? ("rotated" as const) : ("disk" as const);
      return { found: { offset: from, bytes: buffer.subarray(0, read), ...(from === offset ? {} : { missing: why }) }, gone };
    }
    // The file is gone or shorter than it was: what it had is lost, what comes after is not.
    gone.push(segment);
  }
  return { found: undefined, gone };
}

export function readSegments(directory: string): Segment[] {
  return segmentStarts(directory)
    .map((start) => ({ start, end: start + (statSync(join(directory, fileName(start)), { throwIfNoEntry: false })?.size ?? 0) }))
    .filter(({ start, end }) => end > start);
}

async function readAt(path: string, buffer: Buffer, position: number): Promise<number> {
  try {
    await using file = await open(path, "r");
    return (await file.read(buffer, 0, buffer.length, position)).bytesRead;
  } catch {
    return 0;
  }
}
