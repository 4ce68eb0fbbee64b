// A record of `timing.idx`, 16 bytes, big endian: 6 bytes milliseconds since 1970, 1 byte kind, 1 byte 0, 8 bytes value.
// Kind 0: what begins at offset `value` was printed then. Kind 1: the size became cols (upper 4 bytes) × rows (lower 4), at
// the offset of the record before, which is always of kind 0.
import type { Size } from "@fleetwire/shared/control";

export const RECORD = 16;

/** `size` absent: output; otherwise the terminal had this size from then on. */
export interface TimingRecord {
  readonly ms: number;
  readonly offset: number;
  readonly size?: Size;
}

export function encodeOutput(ms: number, offset: number): Buffer {
  return encode(ms, 0, Math.floor(offset / 2 ** 32), offset % 2 ** 32);
}

export function encodeSize(ms: number, { cols, rows }: Size): Buffer {
  return encode(ms, 1, cols, rows);
}

/** @param before offset of the record before the first */
export function* recordsOf(bytes: Buffer, before = 0): Generator<TimingRecord> {
  let offset = before;
  for (let at = 0; at + RECORD <= bytes.length; at += RECORD) {
    const ms = bytes.readUIntBE(at, 6);
    const upper = bytes.readUInt32BE(at + 8);
    const lower = bytes.readUInt32BE(at + 12);
    if (isSize(bytes, at)) yield { ms, offset, size: { cols: upper, rows: lower } };
    else yield { ms, offset: (offset = upper * 2 ** 32 + lower) };
  }
}

export const isSize = (bytes: Buffer, at: number): boolean => bytes[at + 6] === 1;

function encode(ms: number, kind: number, upper: number, lower: number): Buffer {
  const record = Buffer.alloc(RECORD);
  record.writeUIntBE(ms, 0, 6);
  record[6] = kind;
  record.writeUInt32BE(upper, 8);
  record.writeUInt32BE(lower, 12);
  return record;
}
