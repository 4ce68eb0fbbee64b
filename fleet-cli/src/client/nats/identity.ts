// Who this caller is on the bus: a key made here, which never leaves, and the credential that a fleet gave it.
import { existsSync, linkSync, readFileSync, rmSync } from "node:fs";
import { Credentials } from "@fleetwire/shared/bus";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import { createKeyPair, keyPairFromSeed, type KeyPair } from "@fleetwire/shared/keys";
import { checkPrivate, writePrivate } from "../../config/index.ts";

/** The caller's key, made on first use. @throws FleetError `unsafe-permissions`, `bad-config` */
export function callerKey(seedFile: string): KeyPair {
  if (!existsSync(seedFile)) create(seedFile);
  checkPrivate(seedFile);
  try {
    return keyPairFromSeed(readFileSync(seedFile, "utf8"));
  } catch (error) {
    throw new FleetError("bad-config", `${seedFile} does not hold a key`, { hint: "move it away; a new key is made, and the fleet has to be joined again", cause: error });
  }
}

/** Of several first commands at once, one key wins. */
function create(seedFile: string): void {
  const beside = `${seedFile}.${process.pid}`;
  writePrivate(beside, `${createKeyPair("user").seed}\n`);
  try {
    linkSync(beside, seedFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(beside, { force: true });
  }
}

/** What `fleet join` or `fleet hub init` left; undefined when this caller joined nothing. @throws FleetError `bad-config`, `unsafe-permissions` */
export function callerCredentials(file: string): Credentials | undefined {
  if (!existsSync(file)) return undefined;
  checkPrivate(file);
  return parseOr(Credentials, parseJson(readFileSync(file, "utf8"), file, "bad-config"), file, "bad-config");
}
