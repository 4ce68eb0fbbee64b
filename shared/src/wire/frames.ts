// Binary messages of `fleet.pty.v1`: one kind byte, a 64-bit big-endian offset, the bytes (D1). Text messages are JSON, see messages.ts.
import { FleetError } from "../errors/index.ts";

export const SUBPROTOCOL = "fleet.pty.v1";
/** Path of the terminal WebSocket on every listener. */
export const ATTACH_PATH = "/v1/attach";

/** Largest WebSocket message either side sends or takes, header included. */
export const MAX_MESSAGE = 64 * 1024;
export const HEADER_BYTES = 9;
export const MAX_PAYLOAD = MAX_MESSAGE - HEADER_BYTES;
export const PING_MS = 15_000;
/** Without anything heard for this long, the other side is taken for gone. */
export const SILENCE_MS = 40_000;
/** A client has this long from connecting to a valid hello. */
export const HELLO_MS = 5_000;
/** How long a resume secret works after the connection is lost. */
export const RESUME_MS = 15 * 60_000;

export const FRAME = {
  /** host → client; offset: position of the first byte in the session's output */
  output: 1,
  /** client → host; offset: position of the first byte in this attach's input */
  input: 2,
  /** host → client; offset: position within the snapshot announced before it */
  snapshot: 3,
} as const;
export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

export interface Frame {
  readonly kind: FrameKind;
  readonly offset: number;
  /** A view into the message, not a copy. */
  readonly bytes: Buffer;
}

/** Header and payload in one new buffer. @param bytes at most MAX_PAYLOAD */
export function encodeFrame(kind: FrameKind, offset: number, bytes: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
  writeHeader(message, kind, offset);
  message.set(bytes, HEADER_BYTES);
  return message;
}

/** The header alone, for senders that gather. */
export function encodeHeader(kind: FrameKind, offset: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  writeHeader(header, kind, offset);
  return header;
}

/** @throws FleetError `bad-input` for anything that is not a frame */
export function decodeFrame(message: Buffer): Frame {
  if (message.length < HEADER_BYTES || message.length > MAX_MESSAGE) throw new FleetError("bad-input", "a frame of a wrong length");
  const kind = message[0];
  if (kind !== FRAME.output && kind !== FRAME.input && kind !== FRAME.snapshot) throw new FleetError("bad-input", "a frame of an unknown kind");
  const offset = message.readUInt32BE(1) * 2 ** 32 + message.readUInt32BE(5);
  if (!Number.isSafeInteger(offset)) throw new FleetError("bad-input", "a frame with an impossible offset");
  return { kind, offset, bytes: message.subarray(HEADER_BYTES) };
}

function writeHeader(target: Buffer, kind: FrameKind, offset: number): void {
  target[0] = kind;
  target.writeUInt32BE(Math.floor(offset / 2 ** 32), 1);
  target.writeUInt32BE(offset % 2 ** 32, 5);
}
