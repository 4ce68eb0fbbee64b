// The text of a message: typed, from a file, or from standard input.
import { readFileSync } from "node:fs";
import { MAX_TEXT_BYTES, MessageSubject, USUAL_EXPIRY_MS } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { ArgSpec } from "../command.ts";
import { checked, text, time, toggle, value, type FlagValues } from "../flags.ts";

export const TEXT: ArgSpec = { name: "TEXT", help: "the message, at most 64 KiB", required: true, unless: ["stdin", "file"] };

export const SOURCE_FLAGS = {
  "stdin": toggle("the text comes from standard input"),
  "file": value("F", "the text is a file's", text, { offers: "files" }),
  "subject": value("S", "a line of at most 200 characters about it", checked(MessageSubject)),
} as const;

export const EXPIRES_FLAG = {
  "expires": value("TIME", `how long it may wait for its node (${USUAL_EXPIRY_MS / 86_400_000}d)`, time),
} as const;

/** @throws FleetError `usage`, `too-large` */
export function messageText(typed: string | undefined, { stdin, file }: Pick<FlagValues<typeof SOURCE_FLAGS>, "stdin" | "file">, input: () => NodeJS.ReadStream): string {
  const sources = [typed, file, stdin ? true : undefined].filter((source) => source !== undefined);
  if (sources.length !== 1) throw new FleetError("usage", "give TEXT, --stdin or --file, one of them");
  const found = typed ?? decoded(read(file, input));
  if (Buffer.byteLength(found) > MAX_TEXT_BYTES) throw new FleetError("too-large", `a message has at most ${MAX_TEXT_BYTES / 1024} KiB`, { hint: "put it into a file, and send where that is" });
  if (found === "") throw new FleetError("usage", "the text is empty");
  return found;
}

function read(file: string | undefined, input: () => NodeJS.ReadStream): Buffer {
  if (file === undefined && input().isTTY) throw new FleetError("usage", "--stdin wants a pipe or a file, and standard input is this terminal");
  try {
    return readFileSync(file ?? 0);
  } catch (error) {
    throw new FleetError("usage", `${file ?? "standard input"} can't be read: ${(error as Error).message}`, { hint: "give the path of a file that is there" });
  }
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FleetError("usage", "a message is text in UTF-8", { hint: "put bytes into a file, and send where that is" });
  }
}
