// Keys and credentials of this home: seeds stay where they were made, credentials say what they are good for.
import { existsSync, readFileSync, renameSync } from "node:fs";
import type { Credentials } from "@fleetwire/shared/bus";
import { createKeyPair, keyPairFromSeed, type KeyPair } from "@fleetwire/shared/keys";
import { writePrivateFile } from "../registry/index.ts";

/** The key in this file, made now when there is none. */
export function readOrCreateSeed(file: string): KeyPair {
  if (existsSync(file)) return keyPairFromSeed(readFileSync(file, "utf8"));
  const key = createKeyPair("user");
  writePrivateFile(file, `${key.seed}\n`);
  return key;
}

/** The credentials of another fleet that were there are kept beside, with the ending `.old`. */
export function storeCredentials(file: string, credentials: Credentials): void {
  if (existsSync(file)) renameSync(file, `${file}.old`);
  writePrivateFile(file, `${JSON.stringify(credentials, null, 2)}\n`);
}
