// What hub and registry say about tokens and credentials, one record for each thing that happened: for logs and for the audit.
import type { Role } from "@fleetwire/shared/bus";

export type CredentialEvent = {
  /** Milliseconds since 1970. */
  readonly at: number;
} & (
  /** `tokenKey`: public key of the credential in the join token, its id in the register. */
  | { readonly kind: "token-created"; readonly tokenKey: string; readonly role: Role; readonly pool?: string; readonly name?: string; readonly expiresAt: number }
  /** A join token became the credential of a key. */
  | { readonly kind: "enrolled"; readonly tokenKey: string; readonly key: string; readonly role: Role; readonly pool?: string; readonly name?: string }
  | { readonly kind: "renewed"; readonly key: string; readonly role: Role; readonly name?: string }
  /** `id`: public key of a token or of a credential's holder. */
  | { readonly kind: "revoked"; readonly id: string; readonly what: "token" | "credential"; readonly role: Role; readonly name?: string }
  | { readonly kind: "rotated"; readonly role: Role; readonly pool?: string; readonly before: string; readonly after: string }
);

export type CredentialListener = (event: CredentialEvent) => void;
