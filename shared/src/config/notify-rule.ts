// `[[notify]]`: who is told what.
import * as z from "zod/mini";
import { NodeName, Tag } from "../ids/index.ts";

const some = <S extends z.ZodMiniType>(schema: S) => z.optional(z.array(schema).check(z.minLength(1)));

export const NotifyRule = z.strictObject({
  name: z.string().check(z.regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, "a rule's name is 1–32 of a–z, 0–9 and inner hyphens")),
  /** `user`: told by 'fleet notify run', of the whole fleet; `node`: by this machine's node, of itself. Default: user. */
  by: z.optional(z.enum(["user", "node"])),
  kinds: some(z.string()),
  /** State of the session, of its activity, or of the node. */
  states: some(z.string()),
  nodes: some(NodeName),
  /** Each must be there. */
  tags: some(Tag),
  /** One of the three. */
  desktop: z.optional(z.literal(true)),
  webhook: z.optional(z.string()),
  command: some(z.string()),
  /** File with the secret that a webhook's signature is made with. */
  secret_file: z.optional(z.string()),
  /** PEM file of the CA behind a webhook, when it isn't a public one. */
  ca_file: z.optional(z.string()),
  /** Longest time of one attempt, seconds; default 10. */
  timeout: z.optional(z.number().check(z.gte(0.1), z.lte(300))),
  /** Attempts under way at the same time. */
  at_once: z.optional(z.int().check(z.gte(1), z.lte(32))),
  /** Told so often a minute at most; what happens in between is told together. */
  per_minute: z.optional(z.int().check(z.gte(1), z.lte(600))),
});
export type NotifyRule = z.infer<typeof NotifyRule>;
