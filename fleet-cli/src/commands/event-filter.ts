// Which events a person means, from the words of a command line.
import { HISTORY_KINDS, parseCursor, PRESENCES, type EventFilter, type EventPosition } from "@fleetwire/shared/bus";
import { ACTIVITY_STATES, SESSION_STATES } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName, parseTarget, printable, Tag, type Target } from "@fleetwire/shared/ids";
import type { FleetClient } from "../client/index.ts";
import { checked, values, type FlagValues, type Reader } from "./flags.ts";
import { moment } from "./log-start.ts";

const target: Reader<Target> = (given) => parseTarget(given);

/** A name of the time to come is taken too: a newer node may say more. */
const word: Reader<string> = (given, flag) => {
  if (/^[a-z][a-z-]{0,40}$/.test(given)) return given;
  throw new FleetError("usage", `${flag} '${printable(given)}' is not a kind or a state`);
};

const STATES = [...SESSION_STATES, ...ACTIVITY_STATES, ...PRESENCES];

export const FILTER_FLAGS = {
  "node": values("NODE", "only of this node", checked(NodeName), { offers: "nodes" }),
  "session": values("TARGET", "only of this session", target, { offers: "targets" }),
  "tag": values("TAG", "only of sessions with this tag", checked(Tag)),
  "kind": values("KIND", "only of this kind", word, { offers: HISTORY_KINDS }),
  "state": values("STATE", "only with this state of the session, its activity or the node", word, { offers: STATES }),
} as const;

/** An id alone means this machine's session. */
export async function eventFilter(flags: FlagValues<typeof FILTER_FLAGS>, client: FleetClient): Promise<EventFilter> {
  const here = flags.session.some(({ node, session }) => node === undefined && "id" in session) ? (await client.peek())?.node.name : undefined;
  const some = <T>(list: readonly T[]): T[] | undefined => (list.length === 0 ? undefined : [...list]);
  return {
    nodes: some(flags.node),
    sessions: some(flags.session.map(({ node, session }) => ({ ...session, ...("id" in session ? { node: node ?? here } : { node }) }))),
    tags: some(flags.tag),
    kinds: some(flags.kind),
    states: some(flags.state),
  };
}

/** A time, how long ago, or the cursor of an event. */
export const beginning: Reader<{ readonly since?: number; readonly after?: EventPosition }> = (given, flag) => {
  const after = /^[\d.]+(ms|s|m|h|d)?$/.test(given) || /^\d{4}-\d\d-/.test(given) ? undefined : parseCursor(given);
  return after === undefined ? { since: moment(given, flag) } : { after };
};
