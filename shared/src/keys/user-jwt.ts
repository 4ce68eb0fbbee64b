// A NATS user JWT (ADR-14) as the proof of a role: signed by one of the account's signing keys, each of which stands for one role.
import * as z from "zod/mini";
import { FleetError, parseJson, parseOr } from "../errors/index.ts";
import { verifySignature } from "./key-pair.ts";
import { Recent } from "./recent.ts";

export const UserClaims = z.object({
  /** Public key of the user. */
  sub: z.string(),
  /** Public key that signed: an account signing key. */
  iss: z.string(),
  /** A label, never an identity. */
  name: z.optional(z.string()),
  /** Issued, seconds since 1970. */
  iat: z.optional(z.number()),
  /** Expiry, seconds since 1970; absent or 0: none. */
  exp: z.optional(z.number()),
  jti: z.optional(z.string()),
});
export type UserClaims = z.infer<typeof UserClaims>;

/** A caller sends the same one with every request: its text is verified once. */
const verified = new Recent<UserClaims>(16_384);

/**
 * Verifies the signature and reads the claims. Expiry is the caller's to judge: it needs a clock.
 * @throws FleetError `bad-signature`
 */
export function readUserJwt(jwt: string): UserClaims {
  return verified.get(jwt, verify);
}

function verify(jwt: string): UserClaims {
  const [header, body, signature, ...rest] = jwt.split(".");
  if (header === undefined || body === undefined || signature === undefined || rest.length > 0 || jwt.length > 16_384) throw bad();
  const { alg } = parseOr(z.object({ alg: z.string() }), decodePart(header), "jwt header", "bad-signature");
  if (alg !== "ed25519-nkey") throw bad();
  const claims = parseOr(UserClaims, decodePart(body), "jwt", "bad-signature");
  const bytes = Buffer.from(signature, "base64url");
  // One spelling only, as with every signature.
  if (bytes.toString("base64url") !== signature || !verifySignature(claims.iss, Buffer.from(`${header}.${body}`), bytes)) throw bad();
  return claims;
}

function decodePart(part: string): unknown {
  return parseJson(Buffer.from(part, "base64url").toString("utf8"), "jwt", "bad-signature");
}

function bad(): FleetError {
  return new FleetError("bad-signature", "the credential's JWT is not valid");
}
