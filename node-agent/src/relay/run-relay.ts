// The relay process: its socket, and whom it believes.
import { rmSync } from "node:fs";
import { Credentials } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import type { UserClaims } from "@fleetwire/shared/keys";
import { judgeCaller } from "../fleet/index.ts";
import { readJsonFile, registryFiles, watchedTrust } from "../registry/index.ts";
import { relayFiles } from "./files.ts";
import { createRelay, type Log } from "./relay.ts";

/**
 * Runs until the signal is aborted.
 * @param stateDir the hub's directory
 * @throws FleetError `bad-config` when the hub's files are not there
 */
export async function runRelay({ stateDir, signal, log }: { readonly stateDir: string; readonly signal: AbortSignal; readonly log: Log }): Promise<void> {
  const { key } = readJsonFile(registryFiles(stateDir).credentials, Credentials);
  const trust = watchedTrust(stateDir);
  await using relay = createRelay({ relay: key, now: Date.now, judge: (node, claims) => judgeNode(node, claims, trust()), log });
  const { socket } = relayFiles(stateDir);
  rmSync(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    relay.server.once("error", reject);
    relay.server.listen({ path: socket }, resolve);
  });
  log.info({ socket }, "the relay listens");
  await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
}

/** @throws FleetError when the claims are not those of a node of the fleet, or not any more */
export function judgeNode(node: PublicKey, claims: UserClaims, trust: ReturnType<ReturnType<typeof watchedTrust>>): void {
  const { role } = judgeCaller(node, claims, { ...trust, open: false }, Date.now());
  if (role !== "node") throw new FleetError("denied", `the credential is for the role '${role}', not for a node`);
}
