// What a `send` types, in requests of a bearable size.
import { readFileSync } from "node:fs";
import type { InputOf, sessionSend } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";

/** Bytes of one request; more go in several, in order. */
const PIECE_BYTES = 96 * 1024;
const MAX_TEXT = 131_072;

export type Piece = Pick<InputOf<typeof sessionSend>, "text" | "data" | "keys" | "enter">;

/** @throws FleetError `usage` */
export function bytesOf({ stdin, file }: { stdin: boolean; file: string | undefined }, input: () => NodeJS.ReadStream): Buffer | undefined {
  if (stdin && file !== undefined) throw new FleetError("usage", "--stdin and --file are two sources; give one");
  if (stdin && input().isTTY) throw new FleetError("usage", "--stdin wants a pipe or a file, and standard input is this terminal");
  if (!stdin && file === undefined) return undefined;
  try {
    return readFileSync(file ?? 0);
  } catch (error) {
    throw new FleetError("usage", `${file ?? "standard input"} can't be read: ${(error as Error).message}`, { hint: "give the path of a file that is there" });
  }
}

/** @throws FleetError `usage`, `too-large` */
export function piecesOf({ typed, keys, enter, bytes }: { typed: string | undefined; keys: readonly string[]; enter: boolean; bytes: Buffer | undefined }): Piece[] {
  if (typed !== undefined && bytes !== undefined) throw new FleetError("usage", "TEXT and --stdin or --file are two sources; give one");
  if (typed === undefined && bytes === undefined && keys.length === 0) throw new FleetError("usage", "nothing to send: give TEXT, --keys, --stdin or --file");
  if ((typed?.length ?? 0) > MAX_TEXT) throw new FleetError("too-large", `a text has at most ${MAX_TEXT} characters`, { hint: "use --file or --stdin" });
  const pieces: Piece[] = [];
  for (let at = 0; bytes !== undefined && at < bytes.length; at += PIECE_BYTES) pieces.push({ data: bytes.subarray(at, at + PIECE_BYTES).toString("base64"), enter: false });
  if (typed !== undefined || keys.length > 0) pieces.push({ ...(typed === undefined ? {} : { text: typed }), ...(keys.length > 0 ? { keys: [...keys] } : {}), enter: typed !== undefined && keys.length === 0 && enter });
  return pieces;
}
