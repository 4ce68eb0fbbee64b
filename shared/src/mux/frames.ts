// Frames of many streams over one connection: a kind byte, a 32-bit big-endian stream number, then what the kind says.
import { FleetError } from "../errors/index.ts";

export const KIND = {
  /** A new stream. Numbers only grow. */
  open: 1,
  data: 2,
  /** Data, and the wish to be told that it has arrived, with all that was sent before it. */
  marked: 6,
  /** 32-bit: so many more bytes may be sent on this stream. On stream 0: so many bytes of data have come in, of all streams. */
  window: 3,
  /** The sender's half is over, after all data before it. */
  end: 4,
  /** Both halves are over; what was on its way is lost. */
  reset: 5,
} as const;
export type MuxKind = (typeof KIND)[keyof typeof KIND];

export type MuxFrame =
  | { readonly kind: typeof KIND.open | typeof KIND.end | typeof KIND.reset; readonly id: number }
  | { readonly kind: typeof KIND.data | typeof KIND.marked; readonly id: number; readonly bytes: Buffer }
  | { readonly kind: typeof KIND.window; readonly id: number; readonly bytes: number };

const HEADER_BYTES = 5;
/** Data of one frame at most: how long an interrupt may wait behind somebody else's bulk. */
export const MAX_DATA = 64 * 1024 - HEADER_BYTES;
export const MAX_MUX_FRAME = HEADER_BYTES + MAX_DATA;

export function encodeMux(kind: MuxKind, id: number, bytes = 0): Buffer {
  const frame = Buffer.allocUnsafe(kind === KIND.window ? HEADER_BYTES + 4 : HEADER_BYTES);
  writeHeader(frame, kind, id);
  if (kind === KIND.window) frame.writeUInt32BE(bytes, HEADER_BYTES);
  return frame;
}

/** @param chunks together `size` bytes, at most MAX_DATA */
export function encodeData(kind: typeof KIND.data | typeof KIND.marked, id: number, chunks: readonly Uint8Array[], size: number): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + size);
  writeHeader(frame, kind, id);
  let at = HEADER_BYTES;
  for (const chunk of chunks) {
    frame.set(chunk, at);
    at += chunk.length;
  }
  return frame;
}

/** @throws FleetError `bad-input` for anything that is not a frame */
export function decodeMux(frame: Buffer): MuxFrame {
  if (frame.length < HEADER_BYTES || frame.length > MAX_MUX_FRAME) throw new FleetError("bad-input", "a relay frame of a wrong length");
  const id = frame.readUInt32BE(1);
  const [kind] = frame;
  if ((kind === KIND.data || kind === KIND.marked) && frame.length > HEADER_BYTES) return { kind, id, bytes: frame.subarray(HEADER_BYTES) };
  if (kind === KIND.window && frame.length === HEADER_BYTES + 4) return { kind, id, bytes: frame.readUInt32BE(HEADER_BYTES) };
  if ((kind === KIND.open || kind === KIND.end || kind === KIND.reset) && frame.length === HEADER_BYTES) return { kind, id };
  throw new FleetError("bad-input", "a relay frame of an unknown kind");
}

function writeHeader(frame: Buffer, kind: MuxKind, id: number): void {
  frame[0] = kind;
  frame.writeUInt32BE(id, 1);
}
