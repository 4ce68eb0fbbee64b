// Which nodes, and which of their sessions: the one place that knows what a selection means.
import type { sessionList, SessionFilter } from "@fleetwire/shared/bus";
import type { NodeRecord, SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { meets } from "@fleetwire/shared/placement";
import { broadcast } from "./broadcast.ts";
import { matchesGlob } from "./glob.ts";
import { listSessions } from "./lists.ts";
import type { FleetClient, NodeSelection, Place, SelectedNode, Selection, SelectionAnswer, SessionSelection } from "./types.ts";

type Lists = Pick<FleetClient, "nodes" | "call">;

/**
 * Nodes by name and by condition; both given, both must hold. Those that are silent are among them: whoever acts learns of each
 * that it could not be asked.
 * @param placeOf where a node of the list is asked
 * @throws FleetError `unknown-node` for a name that is nobody's, `no-fitting-node` when none is left
 */
export async function selectNodes(client: Lists, { names = [], where = [] }: NodeSelection, placeOf: (node: NodeRecord) => Place): Promise<{ nodes: SelectedNode[]; notes: readonly string[] }> {
  const { nodes, notes } = await client.nodes();
  const missing = names.find((name) => !nodes.some((node) => node.name === name));
  if (missing !== undefined) throw new FleetError("unknown-node", `there is no node '${missing}' in this fleet`);
  const chosen = nodes.filter((node) => (names.length === 0 || names.includes(node.name)) && where.every((condition) => meets(node, condition)));
  if (chosen.length === 0) throw new FleetError("no-fitting-node", `none of ${nodes.length === 1 ? "1 node" : `${nodes.length} nodes`} is ${where.map(({ text }) => text).join(" and ")}`);
  return { nodes: chosen.map((node) => ({ node, place: placeOf(node) })), notes };
}

/**
 * The sessions of these nodes that all conditions hold for, asked of each node itself: it knows what it runs now. A node that
 * does not answer is among the failures.
 */
export async function selectSessions(client: Lists, nodes: readonly SelectedNode[], selection: SessionSelection): Promise<Pick<SelectionAnswer, "sessions" | "failures">> {
  const filter = filterOf(selection);
  const lists = await broadcast(nodes.map(({ node, place }) => ({ target: node.name, node: node.name, place })), ({ place }) => listSessions((contract: typeof sessionList, input) => client.call(contract, input, place), filter));
  const sessions = lists.flatMap((list, at) => (list.error === undefined ? list.result.filter((session) => isSelected(session, selection)).map((session) => ({ session, place: (nodes[at] as SelectedNode).place })) : []));
  return { sessions, failures: lists.flatMap((list) => (list.error === undefined ? [] : [list])) };
}

function filterOf({ tags = [], states = [], activity = [] }: SessionSelection): SessionFilter {
  return { ...(tags.length > 0 ? { tags: [...tags] } : {}), ...(states.length > 0 ? { states: [...states] } : {}), ...(activity.length > 0 ? { activity: [...activity] } : {}) };
}

/** Again here: a node of another version may not know all the conditions, and must not be the reason that more is hit. */
function isSelected(session: SessionRecord, { tags = [], states = [], activity = [], names = [] }: SessionSelection): boolean {
  if (!tags.every((tag) => session.tags.includes(tag))) return false;
  if (states.length > 0 && !states.includes(session.state)) return false;
  if (activity.length > 0 && !(session.state === "running" && activity.includes(session.activity.state))) return false;
  return names.length === 0 || names.some((glob) => matchesGlob(session.name ?? "", glob));
}

/** Neither names nor conditions, and not all: this machine's node, or the server. */
export const isHome = ({ nodes }: Selection): boolean => nodes.all !== true && (nodes.names ?? []).length === 0 && (nodes.where ?? []).length === 0;
