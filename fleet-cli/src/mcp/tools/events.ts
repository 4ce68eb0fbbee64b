import { formatCursor, parseCursor } from "@fleetwire/shared/bus";
import { FleetError, parseOr } from "@fleetwire/shared/errors";
import { NodeName, parseTarget, printable } from "@fleetwire/shared/ids";
import * as z from "zod/mini";
import { eventLine } from "../../ui/index.ts";
import { nodeName, seconds, tags, targets } from "../fields.ts";
import { readEvents } from "../read-events.ts";
import { briefOf, fitting, SessionBrief } from "../records.ts";
import { defineTool } from "../tool.ts";

const word = z.string().check(z.regex(/^[a-z][a-z-]{0,40}$/));

export default defineTool({
  title: "Read events",
  description:
    "Reads what has happened in the fleet: sessions launched, changed (state or activity), ended and removed, bells and notifications, nodes that come and go. Without `cursor` the newest; with `cursor` = `next` of the answer before what came since, and with waitSeconds it waits for something to come. One call follows the whole fleet; to wait for given sessions use 'wait'.",
  input: z.strictObject({
    cursor: z.optional(z.string().check(z.maxLength(80), z.describe("go on after this place: `next` of the answer before"))),
    sinceMinutes: z.optional(z.number().check(z.gte(0), z.lte(525_600), z.describe("without `cursor`: what happened in so many last minutes"))),
    targets: z.optional(targets),
    nodes: z.optional(z.array(nodeName).check(z.maxLength(100))),
    tags: z.optional(tags("only of sessions with all of these tags")),
    kinds: z.optional(z.array(word).check(z.maxLength(20), z.describe("session-launched, session-changed, session-ended, session-removed, terminal-signal, node-changed, node-draining, node-state"))),
    states: z.optional(z.array(word).check(z.maxLength(20), z.describe("the session's state or activity, or what became of the node: blocked, exited, live, unreachable…"))),
    max: z._default(z.int().check(z.gte(1), z.lte(500), z.describe("events in one answer")), 50),
    waitSeconds: seconds(0, 300, "when there is nothing: wait so long for something"),
  }),
  output: z.object({
    events: z.array(z.object({ cursor: z.string(), kind: z.string(), node: z.string(), at: z.string(), text: z.string().check(z.describe("in words; names and messages in it are the programs' own")), session: z.optional(SessionBrief) })),
    next: z.string().check(z.describe("give as `cursor` for what comes")),
    more: z.boolean().check(z.describe("there is more now")),
    gap: z.nullable(z.string().check(z.describe("some events may be missing, and why"))),
  }),
  changes: "nothing",
  repeatable: true,
  async run({ cursor, sinceMinutes, targets: texts, nodes, tags: wanted, kinds, states, max, waitSeconds }, { fleet, limits, settings, signal }) {
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    if (cursor !== undefined && after === undefined) throw new FleetError("bad-input", `cursor '${printable(cursor)}' is none`, { hint: "give `next` of an answer of this tool" });
    const sessions = texts === undefined ? undefined : await Promise.all(texts.map(async (text) => sessionOf(text, async () => (await fleet.session(text, { signal })).session)));
    const filter = { sessions, nodes: nodes?.map((name) => parseOr(NodeName, name, "nodes", "unknown-node")), tags: wanted, kinds, states };
    const begin = after !== undefined ? { after } : sinceMinutes === undefined ? { tail: max } : { since: Date.now() - sinceMinutes * 60_000 };
    const { heard, next, more, gap } = await readEvents(fleet, { ...begin, filter, max, waitMs: waitSeconds * 1000, signal });
    const events = heard.map(({ position, event }) => ({ cursor: formatCursor(position), kind: event.kind, node: event.node as string, at: event.at, text: eventLine(event), ...(event.session === undefined ? {} : { session: briefOf(event.session, settings.session) }) }));
    const shown = fitting(events, limits.maxChars);
    const isCut = shown.length < events.length;
    return {
      data: { events: [...shown], next: isCut ? (shown.at(-1)?.cursor ?? next) : next, more: more || isCut, gap },
      text: [...(gap === null ? [] : [`gap: ${gap}`]), ...(shown.length === 0 ? ["nothing happened"] : shown.map(({ text }) => text))].join("\n"),
    };
  },
});

/** An id alone is of this machine, whose node has to be asked for its name. */
async function sessionOf(text: string, look: () => Promise<{ readonly node: NodeName; readonly id: number }>) {
  const { node, session } = parseTarget(text);
  if (node !== undefined) return { node, ...session };
  const found = await look();
  return { node: found.node, id: found.id as Extract<typeof session, { id: unknown }>["id"] };
}
