// How a PTY host proves to the hub's relay that it speaks for a node. The node's key stays with its agent: that signs a pass
// for one relay and one host key, and the host proves its key against the relay's nonce. Order on the connection:
//   relay: challenge   host: hello   relay: welcome, then binary frames of shared/mux
import * as z from "zod/mini";
import { FleetError, parseJson, parseOr } from "../errors/index.ts";
import { PublicKey } from "../ids/index.ts";
import { readUserJwt, Signed, signDocument, signText, verifyDocument, verifyText, type KeyPair, type UserClaims } from "../keys/index.ts";

export const RELAY_SUBPROTOCOL = "fleet.relay.v1";
/** Where nodes keep their connection. */
export const RELAY_NODE_PATH = "/v1/relay/node";
/** With a node's key behind it: base of that node's terminal URL, as its own URL would be. */
export const RELAY_TO_PATH = "/v1/relay/to/";
/** Bytes of one stream that may be on their way, or wait in the relay, in one direction. */
export const RELAY_WINDOW = 1024 * 1024;
/** Length of a text message of the handshake. */
export const MAX_RELAY_TEXT = 24 * 1024;
/** How long a pass is good, milliseconds. An agent that lives renews it long before. */
export const RELAY_PASS_MS = 60 * 60_000;
/** A node's clock may be so far ahead of the relay's. */
const CLOCK_MS = 5 * 60_000;

const Nonce = z.string().check(z.regex(/^[A-Za-z0-9_-]{16,64}$/));

export const RelayPass = z.object({
  v: z.literal(1),
  /** The relay it is for: key of its hub's registry. */
  relay: PublicKey,
  node: PublicKey,
  /** The PTY host that speaks for the node. */
  hostKey: PublicKey,
  /** Milliseconds since 1970. */
  expires: z.number(),
});
export type RelayPass = z.infer<typeof RelayPass>;

export const RelayChallenge = z.object({ type: z.literal("challenge"), relay: PublicKey, nonce: Nonce });
export type RelayChallenge = z.infer<typeof RelayChallenge>;
export const RelayHello = z.object({ type: z.literal("hello"), pass: Signed, proof: z.string().check(z.maxLength(128)) });
export type RelayHello = z.infer<typeof RelayHello>;
/** `streams`: viewers that may be there at once. */
export const RelayWelcome = z.object({ type: z.literal("welcome"), streams: z.int().check(z.gte(1)) });
export type RelayWelcome = z.infer<typeof RelayWelcome>;

/** @param jwt the node's, by which the relay knows its role */
export function sealRelayPass(pass: RelayPass, nodeKey: KeyPair, jwt: string): Signed {
  return signDocument("fleet.relay-node.1", pass, nodeKey, jwt);
}

/**
 * Checks signature, relay and times. Whether the JWT's issuer stands for nodes is the relay's to judge.
 * @throws FleetError `bad-signature`
 */
export function openRelayPass(signed: Signed, relay: string, now: number): { readonly pass: RelayPass; readonly claims: UserClaims } {
  const pass = parseOr(RelayPass, parseJson(signed.p, "the pass", "bad-signature"), "the pass", "bad-signature");
  if (signed.j === undefined || pass.relay !== relay || pass.expires < now || pass.expires > now + RELAY_PASS_MS + CLOCK_MS) throw bad();
  if (!verifyDocument("fleet.relay-node.1", signed, pass.node)) throw bad();
  const claims = readUserJwt(signed.j);
  if (claims.sub !== pass.node) throw bad();
  return { pass, claims };
}

export function proveRelay({ relay, nonce }: Pick<RelayChallenge, "relay" | "nonce">, hostKey: KeyPair): string {
  return signText("fleet.relay-host.1", `${relay}\n${nonce}`, hostKey);
}

export function checkRelayProof({ relay, nonce }: Pick<RelayChallenge, "relay" | "nonce">, proof: string, hostKey: string): boolean {
  return verifyText("fleet.relay-host.1", `${relay}\n${nonce}`, proof, hostKey);
}

/** @param relay `wss://host:port` of the hub's gateway. @returns the base URL under which a node's terminals are reached through it */
export function relayUrlTo(relay: string, node: string): string {
  return `${relay}${RELAY_TO_PATH}${node}`;
}

function bad(): FleetError {
  return new FleetError("bad-signature", "the relay does not take this pass");
}
