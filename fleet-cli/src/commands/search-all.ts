// One search over many nodes: each is asked page by page, side by side, until it has no more or enough was found.
import { sessionSearch, type OutputOf, type RawInputOf, type Ref, type SearchMatch } from "@fleetwire/shared/bus";
import type { FleetError } from "@fleetwire/shared/errors";
import type { Aim, FleetClient, Place } from "../client/index.ts";

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

export async function searchAll(client: FleetClient, aims: readonly SearchAim[], question: Omit<RawInputOf<typeof sessionSearch>, "sessions" | "limit" | "cursor">, limit: number): Promise<SearchResult> {
  const came = await client.broadcast(aims, (aim) => searchNode(client, aim, question, limit));
  const found = came.flatMap((each) => (each.error === undefined ? [each.result] : []));
  const matches = found.flatMap((one) => one.matches);
  return {
    matches: matches.slice(0, limit),
    more: matches.length > limit || found.some(({ more }) => more),
    searched: { nodes: found.length, sessions: sum(found.map(({ sessions }) => sessions)), bytes: sum(found.map(({ bytes }) => bytes)) },
    failures: came.flatMap(({ node, error }) => (error === undefined ? [] : [{ node, error }])),
  };
}

async function searchNode(client: FleetClient, { place, sessions }: SearchAim, question: object, limit: number): Promise<{ matches: SearchMatch[]; more: boolean; sessions: number; bytes: number }> {
  const matches: SearchMatch[] = [];
  const searched = { sessions: 0, bytes: 0 };
  let next: Page["next"] = null;
  do {
    const input = { ...question, limit: Math.min(PAGE, limit - matches.length), ...(sessions === undefined ? {} : { sessions: [...sessions] }), ...(next === null ? {} : { cursor: next }) };
    const page: Page = await client.call(sessionSearch, input as RawInputOf<typeof sessionSearch>, place);
    matches.push(...page.matches);
    searched.sessions += page.searched.sessions;
    searched.bytes += page.searched.bytes;
    next = page.next;
  } while (next !== null && matches.length < limit);
  return { matches, more: next !== null, ...searched };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
