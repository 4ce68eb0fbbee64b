// Keeps a timing index small. Both take and give whole records, and may be given a million of them.
import { encodeOutput, encodeSize, isSize, RECORD, recordsOf } from "./timing-record.ts";

/** Without what was before `start`, except for what holds there: the size, and the time of the last output before it. */
export function trimTo(bytes: Buffer, start: number): Buffer {
  const at = firstFrom(bytes, start) * RECORD;
  if (at === 0) return bytes;
  const head = [encodeOutput(bytes.readUIntBE(at - RECORD, 6), start)];
  let sizeAt = at - RECORD;
  while (sizeAt > 0 && !isSize(bytes, sizeAt)) sizeAt -= RECORD;
  const [size] = recordsOf(bytes.subarray(sizeAt, sizeAt + RECORD));
  if (size?.size !== undefined) head.unshift(encodeOutput(size.ms, start), encodeSize(size.ms, size.size));
  return Buffer.concat([...head, bytes.subarray(at)]);
}

/** In the older half, times that are close together become one. Pauses and size changes stay. */
export function thinOlderHalf(bytes: Buffer): Buffer {
  let middle = Math.floor(bytes.length / RECORD / 2) * RECORD;
  while (middle < bytes.length && isSize(bytes, middle)) middle += RECORD;
  const older = bytes.subarray(0, middle);
  let kept = older;
  for (let apartMs = 20; kept.length > older.length / 2 && apartMs < 2 ** 31; apartMs *= 2) kept = thinned(older, apartMs);
  return Buffer.concat([kept, bytes.subarray(middle)]);
}

/** Number of the first record at or after an offset. */
function firstFrom(bytes: Buffer, offset: number): number {
  let low = 0;
  let high = Math.floor(bytes.length / RECORD);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsetOf(bytes, middle * RECORD) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function offsetOf(bytes: Buffer, at: number): number {
  const own = isSize(bytes, at) ? at - RECORD : at;
  return own < 0 ? 0 : bytes.readUInt32BE(own + 8) * 2 ** 32 + bytes.readUInt32BE(own + 12);
}

function thinned(bytes: Buffer, apartMs: number): Buffer {
  const kept = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < bytes.length; at += RECORD) {
    const ms = bytes.readUIntBE(at, 6);
    const belongsToSize = isSize(bytes, at) || (at + RECORD < bytes.length && isSize(bytes, at + RECORD));
    if (!belongsToSize && Math.abs(ms - lastMs) < apartMs) continue;
    lastMs = ms;
    length += bytes.copy(kept, length, at, at + RECORD);
  }
  return kept.subarray(0, length);
}
