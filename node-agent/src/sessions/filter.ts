import type { SessionFilter } from "@fleetwire/shared/bus";
import type { SessionRecord } from "@fleetwire/shared/domain";

/** All of the given conditions hold: any of the states, each of the tags, any of the activities. */
export function matches(session: SessionRecord, filter: SessionFilter | undefined): boolean {
  if (filter?.states !== undefined && !filter.states.includes(session.state)) return false;
  // What has ended does nothing.
  if (filter?.activity !== undefined && !(session.state === "running" && filter.activity.includes(session.activity.state))) return false;
  return filter?.tags === undefined || filter.tags.every((tag) => session.tags.includes(tag));
}
