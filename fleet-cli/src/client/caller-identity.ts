// Who this caller is, for commands that only show it. What is behind it is loaded on use: no command needs keys to start.
import type { Role } from "@fleetwire/shared/bus";

/** The public half of this caller's key, made on first use. @throws FleetError `unsafe-permissions`, `bad-config` */
export async function callerPublicKey(seedFile: string): Promise<string> {
  const { callerKey } = await import("./nats/identity.ts");
  return callerKey(seedFile).publicKey;
}

/**
 * What a fleet gave this caller; undefined when it joined none. @throws FleetError `bad-config`, `unsafe-permissions`
 * `expires`: milliseconds since 1970; undefined: it does not.
 */
export async function callerMembership(credentialsFile: string): Promise<{ fleet: string; role: Role; expires: number | undefined } | undefined> {
  const [{ callerCredentials }, { readUserJwt }] = await Promise.all([import("./nats/identity.ts"), import("@fleetwire/shared/keys")]);
  const credentials = callerCredentials(credentialsFile);
  if (credentials === undefined) return undefined;
  const { exp = 0 } = readUserJwt(credentials.jwt);
  return { fleet: credentials.facts.fleet, role: credentials.role, expires: exp === 0 ? undefined : exp * 1000 };
}
