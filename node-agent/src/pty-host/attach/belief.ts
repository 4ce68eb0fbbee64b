// Whose attaches are served: what the agent said last about credentials that were taken back.
import type { HostInput } from "@fleetwire/shared/control";
import type { Ticket } from "@fleetwire/shared/wire";

/** Of a ticket: who asked for it, proved by what. Attaches of this machine's owner or of a bearer token have no credential. */
export type Asker = Pick<Ticket, "caller" | "credential">;

export type Belief = HostInput<"believe">;

export const BELIEVE_ALL: Belief = { revoked: {}, issuers: [] };

/** An empty list of issuers: nothing is known about them, outside any fleet with credentials. */
export function isBelieved({ caller = "", credential }: Asker, { revoked, issuers }: Belief): boolean {
  if (credential === undefined) return true;
  const until = Object.hasOwn(revoked, caller) ? revoked[caller] : undefined;
  return (until === undefined || credential.issued > until) && (issuers.length === 0 || issuers.includes(credential.issuer));
}
