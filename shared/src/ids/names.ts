// Names people type. Every name is checked here once, where it enters, and is a branded string inside.
import * as z from "zod/mini";

/** Words that mean something in a target, a subject or a URL, and so can't be a node's name. */
export const RESERVED_NODE_NAMES: readonly string[] = ["fleet", "all", "any", "local", "self", "hub", "registry", "relay", "node", "none"];

/** A node's display name: lower case ASCII, 1–40 characters, no reserved word. */
export const NodeName = z
  .string()
  .check(z.regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, "a node name is 1–40 of a–z, 0–9 and inner hyphens"))
  .check(z.refine((name) => !RESERVED_NODE_NAMES.includes(name), "this word is reserved"))
  .brand<"NodeName">();
export type NodeName = z.infer<typeof NodeName>;

/** A session's optional name, unique on its node; starts with a letter so that it never looks like an id. */
export const SessionName = z
  .string()
  .check(z.regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, "a session name starts with a letter and has at most 32 letters, digits, '-' or '_'"))
  .brand<"SessionName">();
export type SessionName = z.infer<typeof SessionName>;

export const Tag = z
  .string()
  .check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.=-]{0,62}$/, "a tag is 1–63 letters, digits, '.', '_', '=' or '-'"))
  .brand<"Tag">();
export type Tag = z.infer<typeof Tag>;

/** Small integer per node, never reused. */
export const SessionId = z.int().check(z.positive(), z.lte(2_147_483_647)).brand<"SessionId">();
export type SessionId = z.infer<typeof SessionId>;

/** Marks one life of one session: an old ticket or resume secret never fits a new process. */
export const Epoch = z.string().check(z.regex(/^[0-9a-z]{8,32}$/)).brand<"Epoch">();
export type Epoch = z.infer<typeof Epoch>;

const token = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
export const FleetName = z.string().check(z.regex(token, "a fleet name is 1–32 of a–z, 0–9 and inner hyphens")).brand<"FleetName">();
export type FleetName = z.infer<typeof FleetName>;
export const PoolName = z.string().check(z.regex(token, "a pool name is 1–32 of a–z, 0–9 and inner hyphens")).brand<"PoolName">();
export type PoolName = z.infer<typeof PoolName>;

/** Public half of an nkey of type user: the identity of a node or a caller on the bus. */
export const PublicKey = z.string().check(z.regex(/^U[A-Z2-7]{55}$/, "not a public user nkey")).brand<"PublicKey">();
export type PublicKey = z.infer<typeof PublicKey>;

/** Public half of an account's signing key: the issuer of a role. */
export const IssuerKey = z.string().check(z.regex(/^A[A-Z2-7]{55}$/, "not a public account nkey")).brand<"IssuerKey">();
export type IssuerKey = z.infer<typeof IssuerKey>;

/** Names one change for ever: a repeated delivery is answered, not repeated. */
export const OperationId = z.string().check(z.regex(/^[0-9A-Za-z_-]{16,64}$/, "an operation id is 16–64 of A–Z, a–z, 0–9, '-' and '_'")).brand<"OperationId">();
export type OperationId = z.infer<typeof OperationId>;
