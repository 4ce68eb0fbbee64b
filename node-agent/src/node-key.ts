// The node's identity: made here on first start, and never leaving this machine.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { FleetError } from "@fleetwire/shared/errors";
import { createKeyPair, keyPairFromSeed, type KeyPair } from "@fleetwire/shared/keys";

/** It went with the state directory: the next agent has to be the same node, or its PTY hosts refuse it. */
export function keepNodeKey(file: string, { seed }: KeyPair): void {
  if (!existsSync(file)) writeFileSync(file, `${seed}\n`, { mode: 0o600, flag: "wx" });
}

/** Called by the holder of the agent's lock only. @throws FleetError `bad-config` when the file holds no seed */
export function readOrCreateNodeKey(file: string): KeyPair {
  let seed: string;
  try {
    seed = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw new FleetError("disk", `${file} can't be read`, { cause: error });
    const made = createKeyPair("user");
    writeFileSync(file, `${made.seed}\n`, { mode: 0o600, flag: "wx" });
    return made;
  }
  try {
    return keyPairFromSeed(seed);
  } catch {
    // Not replaced in silence: another key would be another node for the whole fleet.
    throw new FleetError("bad-config", `${file} does not hold a key`, { hint: "restore it from a copy, or move it away: the node then gets a new identity and has to join again" });
  }
}
