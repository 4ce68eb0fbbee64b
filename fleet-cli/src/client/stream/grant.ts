// What a ticket says, read and checked before it is used: the client learns from it which host must prove itself.
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import type { AttachAddress } from "@fleetwire/shared/bus";
import { openTicket, Ticket, type KeyPair } from "@fleetwire/shared/wire";
import type { Grant } from "./types.ts";

/** A right to connect: how it is shown in the upgrade request, and the keys that both sides prove. */
export interface Credential {
  readonly authorization: string;
  /** What the proofs are about: the ticket's id, or the resume secret's public part. */
  readonly id: string;
  readonly clientKey: KeyPair;
  readonly hostKey: string;
}

/** A grant that was checked. */
export interface Checked {
  readonly ticket: Ticket;
  readonly credential: Credential;
  readonly addresses: readonly AttachAddress[];
}

/**
 * @param nodeKey the node that must have signed; when it isn't known, the ticket must at least be signed by the node it names
 * @throws FleetError `bad-ticket`
 */
export function checkGrant({ answer, clientKey }: Grant, nodeKey: string | undefined): Checked {
  const ticket = openTicket(answer.ticket, nodeKey ?? nodeNamedBy(answer.ticket));
  if (ticket.clientKey !== clientKey.publicKey) throw new FleetError("bad-ticket", "the ticket was made for another key");
  return {
    ticket,
    credential: { authorization: `Fleet-Ticket ${answer.ticket}`, id: ticket.id, clientKey, hostKey: ticket.hostKey },
    addresses: answer.addresses,
  };
}

/** The right to go on after a cut. `secret`: from the last welcome. */
export function resumeCredential(secret: string, before: Credential): Credential {
  return { ...before, authorization: `Fleet-Resume ${secret}`, id: secret.split(".")[0] ?? secret };
}

function nodeNamedBy(sealed: string): string {
  const text = Buffer.from(sealed.split(".")[0] ?? "", "base64url").toString("utf8");
  return parseOr(Ticket, parseJson(text, "the ticket", "bad-ticket"), "the ticket", "bad-ticket").node;
}
