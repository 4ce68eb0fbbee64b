// What an audit record says. One record is one line of text; the chain in chain.ts is over that text.
import * as z from "zod/mini";
import { PublicKey } from "../ids/index.ts";

/** Who asked. A key is an identity, a name is a label on it. */
export const AuditWho = z.object({
  carrier: z.enum(["bus", "socket", "session", "direct", "agent"]),
  key: z.optional(z.string()),
  /** As in the credential. */
  name: z.optional(z.string()),
  /** Null: none was proved, and the node is open to such callers. */
  role: z.optional(z.nullable(z.string())),
  /** False: the message was not signed by this key, or its credential doesn't count. */
  proved: z.optional(z.boolean()),
  /** Owner of the socket that was used. */
  uid: z.optional(z.int()),
  /** Id of the session whose own socket was used. */
  session: z.optional(z.int()),
  /** Name of the bearer token. */
  token: z.optional(z.string()),
});
export type AuditWho = z.infer<typeof AuditWho>;

/** Facts about what was asked: never a secret, never what was typed. */
export const AuditAbout = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));
export type AuditAbout = z.infer<typeof AuditAbout>;

const base = {
  v: z.literal(1),
  /** Grows by one per record of a chain, from 1. */
  seq: z.int(),
  at: z.string(),
  /** Hash of the record before; empty for the first one of a chain. */
  prev: z.string(),
};
const asked = { who: AuditWho, verb: z.string(), op: z.optional(z.string()), target: z.optional(z.string()), about: z.optional(AuditAbout) };

export const AuditRecord = z.discriminatedUnion("kind", [
  /** Every file begins with one. `dropped`: the last record that was removed for age or size, so that the beginning is accounted for. */
  z.object({ ...base, kind: z.literal("segment"), chain: z.string(), node: PublicKey, dropped: z.optional(z.object({ seq: z.int(), hash: z.string() })) }),
  /** The agent started. `torn`: bytes of an unfinished last line, left by a crash. `missing`: the signed head names a later record. */
  z.object({ ...base, kind: z.literal("start"), version: z.string(), torn: z.optional(z.int()), missing: z.optional(z.int()) }),
  /** Somebody asked for something and may. Written before it is run. */
  z.object({ ...base, kind: z.literal("act"), ...asked }),
  /** How the act with that number ended: `ok`, or the code of the error; after how many milliseconds. */
  z.object({ ...base, kind: z.literal("end"), of: z.int(), code: z.string(), ms: z.int(), target: z.optional(z.string()) }),
  /** Somebody asked for what they may not, or couldn't prove who they are. `unrecorded`: refusals before this one, in a flood. */
  z.object({ ...base, kind: z.literal("refused"), ...asked, code: z.string(), unrecorded: z.optional(z.int()) }),
  /** Records that could not be written, e.g. on a full disk. */
  z.object({ ...base, kind: z.literal("gap"), lost: z.int(), why: z.string() }),
  /** The node's signature over all before. */
  z.object({ ...base, kind: z.literal("seal"), sig: z.string() }),
]);
export type AuditRecord = z.infer<typeof AuditRecord>;

/** The last record of a chain. */
export const AuditHead = z.object({ chain: z.string(), seq: z.int(), hash: z.string() });
export type AuditHead = z.infer<typeof AuditHead>;
