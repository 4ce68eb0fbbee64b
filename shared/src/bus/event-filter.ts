// Which events: the same question for a node's history, the fleet's, and the rules of notifications.
import * as z from "zod/mini";
import { NodeName, SessionId, SessionName, Tag } from "../ids/index.ts";
import type { EventRecord } from "./events.ts";

/** All of the given conditions hold; within one, any of its values, except tags: each must be there. */
export const EventFilter = z.object({
  nodes: z.optional(z.array(NodeName)),
  /** A session by id or name, of one node or of any. */
  sessions: z.optional(z.array(z.object({ node: z.optional(NodeName), id: z.optional(SessionId), name: z.optional(SessionName) }))),
  tags: z.optional(z.array(Tag)),
  kinds: z.optional(z.array(z.string())),
  /** State or activity of the session it tells of, or what became of the node. */
  states: z.optional(z.array(z.string())),
});
export type EventFilter = z.infer<typeof EventFilter>;

export interface EventSubject {
  readonly id: number;
  readonly name: string | null;
  readonly tags: readonly string[];
}

/** The session an event is about; name and tags as far as it says them. */
export function subjectOf({ session, about, removed, signal }: EventRecord): EventSubject | undefined {
  if (session !== undefined) return session;
  if (about !== undefined) return about;
  const id = removed ?? signal?.session;
  return id === undefined ? undefined : { id, name: null, tags: [] };
}

/** States an event speaks of: the session's, its activity's, the node's. */
export function statesOf({ session, presence }: EventRecord): string[] {
  // What has ended does nothing.
  const doing = session?.state === "running" ? session.activity.state : undefined;
  return [session?.state, doing, presence].filter((state) => state !== undefined);
}

export function matchesEvent(filter: EventFilter | undefined, event: EventRecord): boolean {
  if (filter === undefined) return true;
  const { nodes, sessions, tags, kinds, states } = filter;
  if (nodes !== undefined && !nodes.includes(event.node)) return false;
  if (kinds !== undefined && !kinds.includes(event.kind)) return false;
  if (states !== undefined && !statesOf(event).some((state) => states.includes(state))) return false;
  if (sessions === undefined && tags === undefined) return true;
  const subject = subjectOf(event);
  if (subject === undefined) return false;
  if (tags !== undefined && !tags.every((tag) => subject.tags.includes(tag))) return false;
  return sessions === undefined || sessions.some(({ node, id, name }) => (node === undefined || node === event.node) && (id === undefined || id === subject.id) && (name === undefined || name === subject.name));
}
