import { ACTIVITY_STATES, ENDED_STATES, hasEnded, SESSION_STATES, type SessionRecord, type SessionState } from "@fleetwire/shared/domain";
import { parseOr } from "@fleetwire/shared/errors";
import { NodeName } from "@fleetwire/shared/ids";
import * as z from "zod/mini";
import { sessionsTable } from "../../ui/index.ts";
import { nodeName, tags } from "../fields.ts";
import { briefOf, fitting, SessionBrief } from "../records.ts";
import { defineTool } from "../tool.ts";

const GROUPS = { alive: SESSION_STATES.filter((state) => !hasEnded(state)), ended: ENDED_STATES } as const;

export default defineTool({
  title: "List sessions",
  description: "Lists sessions (long-lived terminal programs) of the whole fleet, newest first, with state, activity and exit. Filter by tag, state and activity: activity ['blocked'] are those that wait for an answer. To be told when something changes use 'wait' or 'events' instead of listing again and again.",
  input: z.strictObject({
    nodes: z.optional(z.array(nodeName).check(z.maxLength(100), z.describe("only of these nodes"))),
    tags: z.optional(tags("only those with all of these tags")),
    states: z.optional(z.array(z.enum([...SESSION_STATES, "alive", "ended"])).check(z.describe("only in one of these states; alive: starting or running; ended: exited, killed, failed or lost"))),
    activity: z.optional(z.array(z.enum(ACTIVITY_STATES)).check(z.describe("only those that do one of this"))),
    skip: z._default(z.int().check(z.gte(0), z.describe("leave out so many: `next` of the answer before")), 0),
    limit: z._default(z.int().check(z.gte(1), z.lte(500), z.describe("sessions in one answer")), 50),
  }),
  output: z.object({
    sessions: z.array(SessionBrief),
    total: z.number().check(z.describe("sessions that match, on all pages")),
    next: z.nullable(z.number().check(z.describe("give as `skip` for more; null: that is all"))),
    stale: z.record(z.string(), z.string()).check(z.describe("nodes that are not heard now, with how old their rows are")),
    notes: z.array(z.string()),
  }),
  changes: "nothing",
  repeatable: true,
  async run({ nodes, tags: wanted = [], states = [], activity = [], skip, limit }, { fleet, limits, settings }) {
    const expanded = [...new Set(states.flatMap((state): readonly SessionState[] => (state === "alive" || state === "ended" ? GROUPS[state] : [state])))];
    const filter = { ...(wanted.length > 0 ? { tags: wanted } : {}), ...(expanded.length > 0 ? { states: expanded } : {}), ...(activity.length > 0 ? { activity } : {}) };
    const names = nodes?.map((name) => parseOr(NodeName, name, "nodes", "unknown-node"));
    const { sessions, stale, notes } = await fleet.sessions({ filter, ...(names === undefined || names.length === 0 ? {} : { nodes: names }) });
    const newest = sessions.toSorted(byAge);
    const rest = newest.slice(skip);
    const shown = fitting(rest.slice(0, limit).map((session) => briefOf(session, settings.session)), limits.maxChars);
    const listed = rest.slice(0, shown.length);
    const next = shown.length < rest.length ? skip + shown.length : null;
    const older = Object.fromEntries([...stale].filter(([node]) => listed.some((session) => session.node === node)));
    return {
      data: { sessions: [...shown], total: sessions.length, next, stale: older, notes: [...notes] },
      text: [sessionsTable(listed, stale, Date.now(), 200), ...(next === null ? [] : [`${sessions.length - next} more: skip ${next}`]), ...notes].join("\n"),
    };
  },
});

function byAge(a: SessionRecord, b: SessionRecord): number {
  return a.createdAt === b.createdAt ? b.id - a.id : a.createdAt < b.createdAt ? 1 : -1;
}
