// How a command line says which nodes and which sessions: the same words for every command that does something to many.
import { ACTIVITY_STATES, SESSION_STATES, type SessionState } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName, printable, Tag } from "@fleetwire/shared/ids";
import { parseCondition } from "@fleetwire/shared/placement";
import type { NodeSelection, SessionSelection } from "../client/index.ts";
import { checked, oneOf, toggle, values, type FlagValues, type Reader } from "./flags.ts";

const glob: Reader<string> = (given, flag) => {
  if (!/^[A-Za-z0-9._*?-]{1,64}$/.test(given)) throw new FleetError("usage", `${flag} '${printable(given)}' is not a name or a pattern of one`, { hint: "e.g. api, 'api-*', 'worker-?'" });
  return given;
};

/** Which nodes. None of them: this machine's. */
const NODE_SELECTION = {
  "node": values("NODE", "on this node", checked(NodeName), { offers: "nodes" }),
  "where": values("CONDITION", "on every node that is so: zone=eu, zone!=eu, ssd, cpus>=8, os=linux", parseCondition),
  "all-nodes": toggle("on every node of the fleet"),
} as const;

/** Which sessions of these nodes. */
const SESSION_SELECTION = {
  "tag": values("TAG", "every session with this tag", checked(Tag)),
  "state": values("STATE", "every session in this state, or doing this: blocked, working, done, idle, unknown", oneOf(...SESSION_STATES, ...ACTIVITY_STATES), { offers: [...SESSION_STATES, ...ACTIVITY_STATES] }),
  "name": values("GLOB", "every session of this name; * and ? stand for any characters, for one", glob),
} as const;

export const SELECTION = {
  ...NODE_SELECTION,
  ...SESSION_SELECTION,
  "all": toggle("every session of these nodes"),
  "dry-run": toggle("only show what would be hit"),
} as const;

/** Flags that say which sessions: with one of them no session is named. */
export const SELECTS: readonly string[] = [...Object.keys(NODE_SELECTION), ...Object.keys(SESSION_SELECTION), "all"];

export const SELECTION_NOTES = "A selection is of this machine's node unless --node, --where or --all-nodes say which; nodes that don't answer are reported. With --json it answers one record for each session or silent node.";

export function nodesOf(flags: FlagValues<typeof NODE_SELECTION>): NodeSelection {
  return { names: flags.node, where: flags.where, all: flags["all-nodes"] };
}

const selectsNodes = (flags: FlagValues<typeof NODE_SELECTION>): boolean => flags.node.length > 0 || flags.where.length > 0 || flags["all-nodes"];

/**
 * Undefined when sessions are to be named instead.
 * @param states when no state is asked for
 * @throws FleetError `usage` when only nodes are selected: what is to be hit there has to be said
 */
export function sessionsOf(flags: FlagValues<typeof SELECTION>, states: readonly SessionState[]): SessionSelection | undefined {
  const some = flags.tag.length > 0 || flags.state.length > 0 || flags.name.length > 0;
  if (flags.all && flags.tag.length + flags.name.length > 0) throw new FleetError("usage", "--all is every session; --tag and --name choose some");
  if (!some && !flags.all) {
    if (selectsNodes(flags)) throw new FleetError("usage", "--node, --where and --all-nodes say on which nodes; which sessions there is missing", { hint: "give --all, --tag, --state or --name" });
    return undefined;
  }
  const given = flags.state.filter((state): state is SessionState => (SESSION_STATES as readonly string[]).includes(state));
  const activity = flags.state.filter((state) => !(SESSION_STATES as readonly string[]).includes(state));
  return { tags: flags.tag, names: flags.name, activity, states: given.length > 0 ? given : states };
}
