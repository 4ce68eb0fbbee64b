import * as z from "zod/mini";
import { SessionId, SessionName, Tag } from "../ids/index.ts";
import { SessionState } from "../domain/index.ts";

/** A session on the node that is asked, by id or by name. */
export const Ref = z.union([z.object({ id: SessionId }), z.object({ name: SessionName })]);
export type Ref = z.infer<typeof Ref>;

/** Which sessions: all of the given conditions hold; tags: each must be there; states: any of them. */
export const SessionFilter = z.object({
  states: z.optional(z.array(SessionState)),
  tags: z.optional(z.array(Tag)),
  /** Activity states, e.g. `blocked`: of sessions that run. */
  activity: z.optional(z.array(z.string())),
});
export type SessionFilter = z.infer<typeof SessionFilter>;
