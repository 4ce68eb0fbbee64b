// The bodies that cross NATS. Each is the signed text of a `Signed` document. Unknown fields are tolerated.
import * as z from "zod/mini";
import { ErrorRecord } from "../errors/index.ts";
import { NodeRecord } from "../domain/index.ts";
import { NodeName, OperationId, PoolName, PublicKey } from "../ids/index.ts";
import { EVENT_FIELDS } from "./events.ts";

export const CONTRACT_VERSION = 1;

/** A request: who asks whom for what, and until when it may be run. Times are milliseconds since 1970 on the caller's clock. */
export const RequestBody = z.object({
  v: z.int(),
  id: OperationId,
  issued: z.number(),
  deadline: z.number(),
  caller: PublicKey,
  /** Public key of the node, or `registry`. */
  target: z.string(),
  verb: z.string(),
  body: z.unknown(),
});
export type RequestBody = z.infer<typeof RequestBody>;

/** An answer, bound to its request; signed by the node or the registry. */
export const ReplyBody = z.object({
  v: z.int(),
  /** The release that answers, for the sentence about what is too old. */
  version: z.optional(z.string()),
  /** The request's id. */
  id: z.string(),
  from: PublicKey,
  /** Milliseconds since 1970 on the answering side's clock. */
  at: z.number(),
  result: z.optional(z.unknown()),
  error: z.optional(ErrorRecord),
});
export type ReplyBody = z.infer<typeof ReplyBody>;

/** A node's beat: at most 512 bytes with its signature, and no command lines. Short keys for that reason. */
export const Beat = z.object({
  v: z.int(),
  name: NodeName,
  pool: PoolName,
  /** Random per agent process. */
  inst: z.string(),
  /** Start of the agent process, milliseconds since 1970: of two instances the later one is newer. */
  epoch: z.number(),
  seq: z.int(),
  /** Revision of the node's tables: a registry that has seen less asks for the list. */
  rev: z.int(),
  /** Last number of the node's history: who has heard less asks for the rest. */
  ev: z.optional(z.int()),
  load: z.number(),
  run: z.int(),
  total: z.int(),
  drain: z.optional(z.boolean()),
  /** Free memory, MiB. */
  mem: z.optional(z.int()),
  /** Last number of the node's audit record: a registry that has copied less, or more, looks. */
  aud: z.optional(z.int()),
  /** The period of these beats, milliseconds, when it isn't the usual one. Silence is judged by it. */
  every: z.optional(z.int()),
});
export type Beat = z.infer<typeof Beat>;

/** What happened on a node. `seq` grows by one per event of one agent instance; a gap tells a listener to ask. */
export const FleetEvent = z.object({ v: z.int(), inst: z.string(), seq: z.int(), rev: z.int(), ...EVENT_FIELDS });
export type FleetEvent = z.infer<typeof FleetEvent>;

/**
 * Answer to a scatter ping, as the result of a signed reply. The ping is a signed request to the target `all` with the verb
 * `ping` and the body {name?: only that node answers, spreadMs?: answers come at a random moment within it}.
 */
export const Pong = z.object({
  v: z.int(),
  node: NodeRecord,
  inst: z.string(),
  /** It is still asking for its name and serves nothing yet. */
  claiming: z.optional(z.boolean()),
});
export type Pong = z.infer<typeof Pong>;
