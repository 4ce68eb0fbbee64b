// Many at once: which ones, and what became of each.
import type { NodeRecord, SessionState } from "@fleetwire/shared/domain";
import type { FleetError } from "@fleetwire/shared/errors";
import { parseCondition } from "@fleetwire/shared/placement";
import type { Selection as ClientSelection } from "../types.ts";
import type { Waiting } from "./abort.ts";
import { listOf, nodeNames, tagsOf } from "./given.ts";
import type { Session } from "./session.ts";

/** Which nodes: by name and by condition, what is given must hold. Nothing given: this machine's, or the server. */
export interface NodesQuery {
  readonly names?: readonly string[];
  readonly where?: string | readonly string[];
  /** Every node of the fleet. */
  readonly all?: boolean;
}

/** Which of their sessions: all of the given conditions hold. Nothing given: every session. */
export interface SessionsWanted {
  readonly tags?: readonly string[];
  readonly states?: readonly SessionState[];
  /** E.g. `blocked`, `idle`. */
  readonly activity?: readonly string[];
  /** `*` stands for any characters, `?` for one. */
  readonly names?: readonly string[];
}

export interface Selection extends Waiting {
  readonly nodes?: NodesQuery;
  readonly sessions?: SessionsWanted;
}

export interface Selected {
  readonly nodes: readonly NodeRecord[];
  readonly sessions: readonly Session[];
  /** Nodes that could not be asked for their sessions. */
  readonly failures: readonly { readonly node: string; readonly error: FleetError }[];
}

/** What became of one of many. */
export type BroadcastOutcome<T> = { readonly session: Session; readonly result: T; readonly error?: undefined } | { readonly session: Session; readonly result?: undefined; readonly error: FleetError };

/** @throws FleetError `bad-name`, `usage` */
export function selectionOf({ nodes = {}, sessions = {} }: Selection): ClientSelection {
  return {
    nodes: { names: nodeNames(nodes.names), where: listOf(nodes.where)?.map(parseCondition), all: nodes.all },
    sessions: { ...sessions, tags: tagsOf(sessions.tags) },
  };
}
