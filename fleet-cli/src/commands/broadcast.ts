// A command done to a selection: asked for once where that is right, done side by side, a line or a record for each.
import type { SessionRecord, SessionState } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { lackOf } from "@fleetwire/shared/placement";
import type { Aim, FleetClient, Outcome as Came, Place, SelectedSession } from "../client/index.ts";
import { confirm, type Output } from "../ui/index.ts";
import type { Invocation, Outcome } from "./command.ts";
import type { Flags, FlagValues } from "./flags.ts";
import { checkCommand } from "./launching.ts";
import { nodesOf, sessionsOf, type SELECTION } from "./selection.ts";
import { wishOf, type WishFlags } from "./wishes.ts";

type SelectionFlags = Flags & typeof SELECTION;

export interface Deed {
  /** For people: `end`, `type into`. */
  readonly verb: string;
  /** Sessions that were named on the command line: a selection stands instead of them. */
  readonly named: readonly string[];
  /** Of the sessions it can be done to; what a person asks for with --state is over it. */
  readonly states: readonly SessionState[];
  /** Ask a person at a terminal when it is more than one. */
  readonly asks?: boolean;
  /** @returns what to say after the target, and what goes into its record */
  readonly work: (selected: SelectedSession) => Promise<{ said: string; record?: object }>;
}

/** @returns undefined when no selection was given. @throws FleetError `usage`, `cancelled`, `no-fitting-node` */
export async function overSelection(invocation: Invocation<SelectionFlags>, deed: Deed): Promise<Outcome | undefined> {
  const { client, output } = invocation;
  const flags = invocation.flags as FlagValues<typeof SELECTION>;
  const which = sessionsOf(flags, deed.states);
  if (which === undefined && flags["dry-run"]) throw new FleetError("usage", "--dry-run shows what a selection hits, and there is none", { hint: "give --all, --tag, --state or --name" });
  if (which === undefined) return undefined;
  if (deed.named.length > 0) throw new FleetError("usage", `'${printable(deed.named[0] ?? "")}' names a session, and the flags select some; not both`);
  const { sessions, failures, notes } = await client.select({ nodes: nodesOf(flags), sessions: which });
  for (const note of notes) output.note(note);
  if (flags["dry-run"]) return dryRun(sessions, failures);
  if (deed.asks === true && sessions.length > 1) await ask(invocation, `${deed.verb} ${sessions.length} sessions?`);
  const came = await client.broadcast(sessions.map(({ session, place }) => ({ target: session.target, node: session.node as string, session, place })), deed.work);
  if (sessions.length === 0 && failures.length === 0) output.note("no session is selected");
  return outcomeOf([...came, ...failures], output);
}

type EachFlags = WishFlags & { readonly "on"?: unknown; readonly "each": boolean; readonly "all-nodes": boolean; readonly "dry-run": boolean };

/**
 * Something new on every node of a selection.
 * @param work `target`: what came into being there
 * @returns undefined when one node is meant. @throws FleetError `usage`, `no-fitting-node`
 */
export async function overNodes({ client, output, flags, rest }: { client: FleetClient; output: Output; flags: EachFlags; rest?: readonly string[] }, work: (place: Place) => Promise<{ target: string; said: string; record: object }>): Promise<Outcome | undefined> {
  if (!flags.each && !flags["all-nodes"]) return undefined;
  if (flags.on !== undefined) throw new FleetError("usage", "--on names one node; --each and --all-nodes are about many");
  if (flags.each && !flags["all-nodes"] && flags.where.length === 0) throw new FleetError("usage", "--each wants --where; --all-nodes is every node of the fleet");
  if (!flags["dry-run"]) checkCommand({ rest });
  const wish = wishOf(flags);
  const { nodes, notes } = await client.select({ nodes: { where: wish.where, all: true } });
  for (const note of notes) output.note(note);
  // Those that are silent or drain are not passed over: that they could not take it is told of each.
  const able = nodes.filter(({ node }) => node.state !== "live" || node.draining || lackOf(node, wish) === undefined);
  if (able.length === 0) throw new FleetError("no-fitting-node", `none of these nodes has what is wished for: ${[...new Set(nodes.map(({ node }) => lackOf(node, wish)))].join(", ")}`);
  const aims = able.map(({ node, place }) => ({ target: node.name as string, node: node.name as string, place }));
  if (flags["dry-run"]) return { json: aims.map(({ target, node }) => ({ target, node, ok: true, dryRun: true })), text: aims.map(({ target }) => target).join("\n"), quiet: aims.map(({ target }) => target).join("\n") };
  const came = await client.broadcast(aims, ({ place }) => work(place));
  return outcomeOf(came.map((each) => (each.error === undefined ? { ...each, target: each.result.target } : each)), output);
}

/** A person who looks on is asked; a script has said what it wants. */
async function ask({ globals, process }: Invocation<SelectionFlags>, question: string): Promise<void> {
  if (globals["non-interactive"] || !process.stdin().isTTY) return;
  await confirm(question, { yes: globals.yes, interactive: true });
}

/** One line and one record for each; 1 when something failed, and how much did. @param output has the counts noted */
export function outcomeOf(came: readonly Came<{ said: string; record?: object }>[], output: Pick<Output, "note">): Outcome {
  const failed = came.filter(({ error }) => error !== undefined).length;
  if (failed > 0) output.note(`${came.length - failed} of ${came.length} done, ${failed} failed`);
  return {
    json: came.map(({ target, node, ...what }) => (what.error === undefined ? { target, node, ok: true, ...what.result.record } : { target, node, ok: false, error: what.error.toRecord() })),
    text: came.map((each) => (each.error === undefined ? `${each.target} ${each.result.said}` : failureLine(each))).join("\n"),
    quiet: came.filter(({ error }) => error === undefined).map(({ target }) => target).join("\n"),
    exit: failed > 0 ? 1 : 0,
  };
}

const failureLine = ({ target, error }: Aim & { error: FleetError }) => `${target} — ${error.code}: ${error.message}`;

function dryRun(sessions: readonly SelectedSession[], failures: readonly (Aim & { readonly error: FleetError })[]): Outcome {
  const lines = sessions.map(({ session }) => `${session.target} ${describe(session)}`);
  return {
    json: [...sessions.map(({ session: { target, node, name, state, command } }) => ({ target, node, ok: true, dryRun: true, name, state, command })), ...failures.map(({ target, node, error }) => ({ target, node, ok: false, dryRun: true, error: error.toRecord() }))],
    text: [...lines, ...failures.map(failureLine)].join("\n"),
    quiet: sessions.map(({ session }) => session.target).join("\n"),
    exit: failures.length > 0 ? 1 : 0,
  };
}

const describe = ({ name, state, command }: SessionRecord) => `${name === null ? "" : `'${name}' `}${state}: ${command.join(" ")}`;
