// Attach tickets (D7): signed by the node, for one session, epoch and scope, bound to a key the client made for this
// attach and to the key of the PTY host that will serve it. Both sides prove their keys inside the channel, so a stolen
// ticket and a false URL are worth nothing. The node that issues is the node that checks: clients' clocks don't matter.
import * as z from "zod/mini";
import { FleetError, parseJson, parseOr } from "../errors/index.ts";
import { Epoch, PublicKey, SessionId } from "../ids/index.ts";
import { createKeyPair, signText, verifyText, type KeyPair } from "../keys/index.ts";

export const TICKET_MS = 30_000;

export const Ticket = z.object({
  v: z.literal(1),
  /** Random; one use each. */
  id: z.string().check(z.regex(/^[A-Za-z0-9_-]{16,32}$/)),
  node: PublicKey,
  session: SessionId,
  epoch: Epoch,
  scope: z.enum(["read", "write"]),
  clientKey: PublicKey,
  hostKey: PublicKey,
  /** Milliseconds since 1970 on the node's clock. */
  expires: z.number(),
  /** Who asked for it, for the record. */
  caller: z.optional(z.string()),
  /** Of the credential that the caller proved its role with: the key that signed it, and when. Seconds since 1970. */
  credential: z.optional(z.object({ issuer: z.string(), issued: z.int() })),
});
export type Ticket = z.infer<typeof Ticket>;

export function sealTicket(ticket: Ticket, nodeKey: KeyPair): string {
  const text = JSON.stringify(ticket);
  return `${Buffer.from(text).toString("base64url")}.${signText("fleet.ticket.1", text, nodeKey)}`;
}

/** Checks the node's signature; expiry and single use are the host's to check. @throws FleetError `bad-ticket` */
export function openTicket(sealed: string, node: string): Ticket {
  const [body, signature, ...rest] = sealed.split(".");
  if (body === undefined || signature === undefined || rest.length > 0 || sealed.length > 4096) throw bad();
  const text = Buffer.from(body, "base64url").toString("utf8");
  if (Buffer.from(text).toString("base64url") !== body || !verifyText("fleet.ticket.1", text, signature, node)) throw bad();
  const ticket = parseOr(Ticket, parseJson(text, "the ticket", "bad-ticket"), "the ticket", "bad-ticket");
  if (ticket.node !== node) throw bad();
  return ticket;
}

/** The key a client makes for one attach, or a host for its life. */
export function createAttachKey(): KeyPair {
  return createKeyPair("user");
}

/** What both sides of a connection prove they are part of: the ticket's (or resume secret's) id and both nonces. */
export interface Handshake {
  readonly id: string;
  readonly clientNonce: string;
  readonly hostNonce: string;
}

const PROOF_DOMAIN = { client: "fleet.attach-client.1", host: "fleet.attach-host.1" } as const;

export function proveAttach(side: "client" | "host", handshake: Handshake, key: KeyPair): string {
  return signText(PROOF_DOMAIN[side], proofText(handshake), key);
}

export function checkAttachProof(side: "client" | "host", handshake: Handshake, proof: string, publicKey: string): boolean {
  return verifyText(PROOF_DOMAIN[side], proofText(handshake), proof, publicKey);
}

function proofText({ id, clientNonce, hostNonce }: Handshake): string {
  return `${id}\n${clientNonce}\n${hostNonce}`;
}

function bad(): FleetError {
  return new FleetError("bad-ticket", "the ticket is not valid");
}
