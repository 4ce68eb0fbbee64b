// Input in pieces that a message can carry, in order.
import { sessionSend, type InputOf } from "@fleetwire/shared/bus";
import type { CallOptions, FleetClient, SessionAddress } from "../types.ts";

/** Bytes of one request; more go in several, in order. */
const PIECE_BYTES = 96 * 1024;

export type Piece = Omit<InputOf<typeof sessionSend>, "session">;

/** Bytes as they are, without Enter. */
export function piecesOfBytes(bytes: Uint8Array): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push({ data: Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(PIECE_BYTES, bytes.length - at)).toString("base64"), enter: false });
  return pieces;
}

/** In order, until one is rejected. @returns the last receipt, and the bytes of all */
export async function sendAll(client: Pick<FleetClient, "call">, { session, place }: Pick<SessionAddress, "session" | "place">, pieces: readonly Piece[], options?: CallOptions): Promise<{ receipt: string; bytes: number; target: string }> {
  let bytes = 0;
  let last = { receipt: "written", target: "" };
  for (const piece of pieces) {
    const answer = await client.call(sessionSend, { session, ...piece }, place, options);
    bytes += answer.bytes;
    last = answer;
    if (answer.receipt === "rejected") break;
  }
  return { receipt: last.receipt, bytes, target: last.target };
}
