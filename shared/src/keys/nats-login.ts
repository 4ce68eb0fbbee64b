// The answer to a NATS server's challenge. The client library's own authenticator signs in JavaScript and first derives the
// key anew: milliseconds for each connection, a second of a core for a few hundred nodes.
import type { KeyPair } from "./key-pair.ts";

/** An authenticator for the NATS client: the user's JWT, and its key's signature over the server's nonce. */
export function natsLogin(jwt: string, key: KeyPair): (nonce?: string) => { jwt: string; nkey: string; sig: string } {
  return (nonce = "") => ({ jwt, nkey: key.publicKey, sig: key.sign(Buffer.from(nonce)).toString("base64url") });
}
