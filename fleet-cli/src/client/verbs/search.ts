// One search over many nodes: each is asked page by page, side by side, until it has no more or enough was found.
import { sessionSearch, type OutputOf, type RawInputOf, type Ref, type SearchMatch } from "@fleetwire/shared/bus";
import type { FleetError } from "@fleetwire/shared/errors";
import type { NodeName } from "@fleetwire/shared/ids";
import type { Aim } from "../broadcast.ts";
import type { FleetClient, Place } from "../types.ts";
import { byPlace } from "./by-place.ts";

export interface SearchAim extends Aim {
  readonly place: Place;
  /** Only these sessions of the node. */
  readonly sessions?: readonly Ref[];
}

export interface SearchResult {
  /** In the order of the nodes; of each the newest session first, and its lines in order. */
  readonly matches: readonly SearchMatch[];
  /** More lines match than were wanted. */
  readonly more: boolean;
  readonly searched: { readonly nodes: number; readonly sessions: number; readonly bytes: number };
  /** Nodes of which not all was searched. */
  readonly failures: readonly { readonly node: string; readonly error: FleetError }[];
}

type Page = OutputOf<typeof sessionSearch>;

/** Matches of a page, at most. */
const PAGE = 500;

/** What to look for, and in which sessions of each node. */
export type SearchQuestion = Omit<RawInputOf<typeof sessionSearch>, "sessions" | "limit" | "cursor">;

export interface SearchBounds {
  /** Matches, at most. */
  readonly limit: number;
  /** No page is asked for after this, milliseconds since 1970. */
  readonly until?: number;
  readonly signal?: AbortSignal | undefined;
}

type Questions = Pick<FleetClient, "call" | "broadcast">;

/** Every session of these nodes. @param names none: all nodes of the fleet. @throws FleetError `unknown-node` */
export async function aimsOfNodes(client: FleetClient, names: readonly NodeName[]): Promise<{ aims: SearchAim[]; notes: readonly string[] }> {
  const { nodes, notes } = await client.select({ nodes: names.length > 0 ? { names } : { all: true } });
  return { aims: nodes.map(({ node, place }) => ({ target: node.name, node: node.name, place })), notes };
}

/** @throws FleetError when one of them can't be found */
export async function aimsOfSessions(client: FleetClient, targets: readonly string[]): Promise<SearchAim[]> {
  const groups = await byPlace(client, targets);
  return groups.map(({ place, sessions }) => {
    const node = place.kind === "fleet" ? place.node.name : "this machine";
    return { target: node, node, place, sessions };
  });
}

/** A node that can't be searched stands in no other's way. @throws FleetError `cancelled` */
export async function searchAll(client: Questions, aims: readonly SearchAim[], question: SearchQuestion, bounds: SearchBounds): Promise<SearchResult> {
  const { limit } = bounds;
  const came = await client.broadcast(aims, (aim) => searchNode(client, aim, question, bounds));
  const found = came.flatMap((each) => (each.error === undefined ? [each.result] : []));
  const matches = found.flatMap((one) => one.matches);
  return {
    matches: matches.slice(0, limit),
    more: matches.length > limit || found.some(({ more }) => more),
    searched: { nodes: found.length, sessions: sum(found.map(({ sessions }) => sessions)), bytes: sum(found.map(({ bytes }) => bytes)) },
    failures: came.flatMap(({ node, error }) => (error === undefined ? [] : [{ node, error }])),
  };
}

async function searchNode(client: Questions, { place, sessions }: SearchAim, question: SearchQuestion, { limit, until = Number.POSITIVE_INFINITY, signal }: SearchBounds): Promise<{ matches: SearchMatch[]; more: boolean; sessions: number; bytes: number }> {
  const matches: SearchMatch[] = [];
  const searched = { sessions: 0, bytes: 0 };
  let next: Page["next"] = null;
  do {
    const input = { ...question, limit: Math.min(PAGE, limit - matches.length), ...(sessions === undefined ? {} : { sessions: [...sessions] }), ...(next === null ? {} : { cursor: next }) };
    const page: Page = await client.call(sessionSearch, input, place, { signal });
    matches.push(...page.matches);
    searched.sessions += page.searched.sessions;
    searched.bytes += page.searched.bytes;
    next = page.next;
  } while (next !== null && matches.length < limit && Date.now() < until);
  return { matches, more: next !== null, ...searched };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
