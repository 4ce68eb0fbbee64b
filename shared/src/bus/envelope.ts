// Signed requests and answers (DESIGN §3 "Requests"). The broker is a courier: it can delay or lose a message, but not
// make, change, redirect or repeat one.
import * as z from "zod/mini";
import { FleetError, parseJson, parseOr } from "../errors/index.ts";
import { readUserJwt, Signed, signDocument, verifyDocument, type KeyPair, type UserClaims } from "../keys/index.ts";
import { CONTRACT_VERSION, ReplyBody, RequestBody } from "./messages.ts";

const Versioned = z.object({ v: z.int() });
/** As much as there is of an answer in any contract. */
const ReplyHead = z.extend(Versioned, { id: z.string(), from: z.string(), version: z.optional(z.string()) });

/** Clocks of two machines may differ by this much before a request is refused, milliseconds. */
export const SKEW_MS = 60_000;

export function sealRequest(request: Omit<RequestBody, "v" | "caller">, key: KeyPair, jwt?: string): string {
  return JSON.stringify(signDocument("fleet.request.1", { v: CONTRACT_VERSION, caller: key.publicKey, ...request }, key, jwt));
}

export interface OpenedRequest {
  readonly request: RequestBody;
  /** Claims of the caller's JWT, signature checked; undefined when the request carries none. Role and expiry are not judged yet. */
  readonly claims: UserClaims | undefined;
}

/**
 * Checks that one key speaks throughout: subject, body, signature and JWT name the same caller, subject and body the
 * same verb and target; and that the deadline holds at `now`.
 * @throws FleetError `bad-signature`, `expired`, `version-skew`, `bad-input`
 */
export function openRequest(data: string, from: { caller: string; target: string; verb: string }, now: number): OpenedRequest {
  const signed = parseOr(Signed, parseJson(data, "the request"), "the request");
  if (!verifyDocument("fleet.request.1", signed, from.caller)) throw new FleetError("bad-signature", "the request's signature is not the caller's");
  const request = parseOr(RequestBody, ofThisContract(parseJson(signed.p, "the request"), "the caller"), "the request");
  if (request.caller !== from.caller || request.verb !== from.verb || request.target !== from.target) throw new FleetError("bad-signature", "the request's subject and body differ");
  if (request.deadline < now || request.issued > now + SKEW_MS) throw new FleetError("expired", "the request's deadline has passed");
  if (signed.j === undefined) return { request, claims: undefined };
  const claims = readUserJwt(signed.j);
  if (claims.sub !== from.caller) throw new FleetError("bad-signature", "the credential belongs to another key");
  return { request, claims };
}

/** Before anything else of it is read: another contract may mean something else by the same words. @throws FleetError `version-skew` */
function ofThisContract(body: unknown, whose: string): unknown {
  const { v } = parseOr(Versioned, body, "the message");
  if (v !== CONTRACT_VERSION) throw otherContract(whose, v);
  return body;
}

const otherContract = (whose: string, v: number) => new FleetError("version-skew", `${whose} speaks contract version ${v}, this side ${CONTRACT_VERSION}`);

export function sealReply(reply: Omit<ReplyBody, "v" | "from">, key: KeyPair): string {
  return JSON.stringify(signDocument("fleet.reply.1", { v: CONTRACT_VERSION, from: key.publicKey, ...reply }, key));
}

/** An answer that was made for this request by one of those who were asked. */
export interface OpenedReply {
  readonly result: unknown;
  /** What it says instead of a result. */
  readonly error: FleetError | undefined;
  /** The release of who answered; older ones don't say. */
  readonly version: string | undefined;
}

/**
 * The answer to the request `id` by one of `signers`.
 * @throws FleetError `bad-signature` for an answer that isn't the asked one's
 */
export function readReply(data: string, id: string, signers: readonly string[]): OpenedReply {
  const signed = parseOr(Signed, parseJson(data, "the answer"), "the answer");
  const body = parseJson(signed.p, "the answer");
  const head = parseOr(ReplyHead, body, "the answer");
  if (head.id !== id || !signers.includes(head.from) || !verifyDocument("fleet.reply.1", signed, head.from)) {
    throw new FleetError("bad-signature", "the answer was not signed by the one that was asked", { hint: "something between here and the node changes messages; nothing was believed" });
  }
  if (head.v !== CONTRACT_VERSION) return { result: undefined, error: otherContract("it", head.v), version: head.version };
  const reply = parseOr(ReplyBody, body, "the answer");
  return { result: reply.result, error: reply.error === undefined ? undefined : FleetError.fromRecord(reply.error), version: reply.version };
}

/** Its result. @throws FleetError what the answer says, or as `readReply` */
export function openReply(data: string, id: string, signers: readonly string[]): unknown {
  const { result, error } = readReply(data, id, signers);
  if (error !== undefined) throw error;
  return result;
}
