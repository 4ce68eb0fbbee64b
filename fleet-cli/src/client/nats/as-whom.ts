// As whom this caller speaks where the server asks for credentials: with its own key and the JWT that a fleet gave it, with what a
// creds file says, or with its own key alone, which servers know that list their users by nkey.
import { readFileSync } from "node:fs";
import { FleetError } from "@fleetwire/shared/errors";
import { keyPairFromSeed, readCreds, readUserJwt, type KeyPair } from "@fleetwire/shared/keys";

export interface AsWhom {
  readonly key: KeyPair;
  /** The proof of a role, in every request. */
  readonly jwt?: string;
}

/**
 * @param key this caller's own
 * @param creds a creds file: for this key (then it needs no seed), or for the one in it
 * @throws FleetError `bad-config`
 */
export function asWhom(key: KeyPair, jwt: string | undefined, creds: string | undefined): AsWhom {
  if (jwt !== undefined) return { key, jwt };
  if (creds === undefined) return { key };
  const found = readCreds(readFile(creds));
  if (found === undefined) throw new FleetError("bad-config", `${creds} has no NATS user JWT`);
  if (readUserJwt(found.jwt).sub === key.publicKey) return { key, jwt: found.jwt };
  if (found.seed === undefined) throw new FleetError("bad-config", `${creds} is for another key than this caller's, and has no seed`);
  return { key: keyPairFromSeed(found.seed), jwt: found.jwt };
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FleetError("bad-config", `the creds file can't be read: ${(error as Error).message}`, { cause: error });
  }
}
