// Who asks, however the request came.
import type { Role } from "@fleetwire/shared/bus";
import type { PublicKey, SessionId } from "@fleetwire/shared/ids";

export type Caller =
  /** The owner of this machine's socket. */
  | { readonly kind: "socket" }
  /** A session of this node, by its own socket. */
  | { readonly kind: "session"; readonly session: SessionId }
  /** A bearer token, through the terminal listener. */
  | { readonly kind: "direct"; readonly name: string; readonly role: Role }
  /** Over NATS. `role` null: it proved none, and this node is open to such callers. */
  | { readonly kind: "bus"; readonly key: PublicKey; readonly name?: string; readonly role: Role | null; readonly credential?: { readonly issuer: string; readonly issued: number } };

/** One text per caller: whose operation ids these are, and who launched what. */
export function callerId(caller: Caller): string {
  switch (caller.kind) {
    case "socket":
      return "socket";
    case "session":
      return `session:${caller.session}`;
    case "direct":
      return `direct:${caller.name}`;
    case "bus":
      return caller.key;
  }
}

/** What it proved its role with over NATS. */
export function credentialOf(caller: Caller): { readonly issuer: string; readonly issued: number } | undefined {
  return caller.kind === "bus" ? caller.credential : undefined;
}

/** Sees this machine's files and sockets. */
export function isLocal(caller: Caller): boolean {
  return caller.kind === "socket" || caller.kind === "session";
}
