// What a `send` types, in requests of a bearable size.
import { readFileSync } from "node:fs";
import { FleetError } from "@fleetwire/shared/errors";
import { piecesOfBytes, type Piece } from "../client/index.ts";

const MAX_TEXT = 131_072;

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
  const pieces = bytes === undefined ? [] : piecesOfBytes(bytes);
  if (typed !== undefined || keys.length > 0) pieces.push({ ...(typed === undefined ? {} : { text: typed }), ...(keys.length > 0 ? { keys: [...keys] } : {}), enter: typed !== undefined && keys.length === 0 && enter });
  return pieces;
}
