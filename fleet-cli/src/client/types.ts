import type { Contract, InputOf, OutputOf, RawInputOf, Ref, SessionFilter, agentStatus } from "@fleetwire/shared/bus";
import type { NodeRecord, SessionRecord, SessionState } from "@fleetwire/shared/domain";
import type { NodeName, Tag } from "@fleetwire/shared/ids";
import type { Condition, Placement, PlaceWish } from "@fleetwire/shared/placement";
import type { Want } from "@fleetwire/shared/wire";
import type { EventsRequest, HeardEvent } from "./events/index.ts";
import type { FleetError } from "@fleetwire/shared/errors";
import type { Aim, Outcome } from "./broadcast.ts";
import type { StreamStatus, TerminalStream } from "./stream/index.ts";

/** Whom to ask: this machine's node, the server that `--server` names, or a node of the fleet. */
export type Place =
  | { readonly kind: "local" }
  | { readonly kind: "direct" }
  | { readonly kind: "fleet"; readonly node: NodeRecord };

export interface SessionAddress {
  readonly place: Place;
  readonly session: Ref;
  /** As typed, for messages. */
  readonly text: string;
}

export interface NodesAnswer {
  readonly nodes: readonly NodeRecord[];
  /** What a person should know about the list: unprotected, how many answered. */
  readonly notes: readonly string[];
}

export interface SessionsQuery {
  readonly nodes?: readonly NodeName[];
  readonly filter?: SessionFilter;
}

export interface SessionsAnswer {
  readonly sessions: readonly SessionRecord[];
  /** Nodes whose rows are not fresh, with what to say about it. */
  readonly stale: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
}

export interface CandidatesOptions {
  /** Nodes that refused already. */
  readonly without?: readonly NodeName[];
  /** Also some that don't fit, by name. */
  readonly explain?: boolean;
}

/** By name and by condition: what is given must hold. Nothing given: this machine's node, or the server. */
export interface NodeSelection {
  readonly names?: readonly NodeName[];
  readonly where?: readonly Condition[];
  readonly all?: boolean;
}

/** All of the given conditions hold: each tag, any of the states, any of the activities, any of the names. Nothing given: all sessions. */
export interface SessionSelection {
  readonly tags?: readonly Tag[];
  readonly states?: readonly SessionState[];
  readonly activity?: readonly string[];
  /** `*` stands for any characters, `?` for one; a session without a name has none of them. */
  readonly names?: readonly string[];
}

export interface Selection {
  readonly nodes: NodeSelection;
  /** Without it only nodes are selected. */
  readonly sessions?: SessionSelection;
}

export interface SelectedNode {
  readonly node: NodeRecord;
  readonly place: Place;
}

export interface SelectedSession {
  readonly session: SessionRecord;
  readonly place: Place;
}

export interface SelectionAnswer {
  readonly nodes: readonly SelectedNode[];
  readonly sessions: readonly SelectedSession[];
  /** Nodes whose sessions could not be asked for. */
  readonly failures: readonly (Aim & { readonly error: FleetError })[];
  readonly notes: readonly string[];
}

/** What this program is. */
export interface Release {
  /** Its version, e.g. `0.1.0`. */
  readonly own: string;
  /** A remark for a person: another release answers, a row can't be read. */
  readonly note: (text: string) => void;
}

export interface CallOptions {
  /** Milliseconds; default: the contract's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface StreamRequest {
  readonly want: Want;
  /** `write` asks for a ticket that may type. */
  readonly scope: "read" | "write";
  readonly signal?: AbortSignal;
  readonly onStatus?: (status: StreamStatus) => void;
}

export type AgentStatus = OutputOf<typeof agentStatus>;

/** Everything a face of the product asks for, over whichever carrier leads there. */
export interface FleetClient extends AsyncDisposable {
  /** @param place default: this machine's node, or the server. @throws FleetError */
  call<C extends Contract>(contract: C, input: RawInputOf<C>, place?: Place, options?: CallOptions): Promise<OutputOf<C>>;
  /** Where a session is. @throws FleetError `bad-target`, `unknown-node`, `unknown-session`, `ambiguous-session` */
  resolve(target: string): Promise<SessionAddress>;
  /** @throws FleetError `unknown-node`, `node-unreachable` when there is no such node to ask */
  node(name: NodeName): Promise<Place>;
  nodes(): Promise<NodesAnswer>;
  sessions(query: SessionsQuery): Promise<SessionsAnswer>;
  /** Who would take a launch, best first; one page. */
  candidates(wish: PlaceWish, options?: CandidatesOptions): Promise<Placement>;
  /** The shortest way to a node that is known. */
  placeOf(node: NodeRecord): Promise<Place>;
  /** The nodes, and their sessions where a selection of these is given, each asked of its node. @throws FleetError `unknown-node`, `no-fitting-node` */
  select(selection: Selection): Promise<SelectionAnswer>;
  /** Does the same to many, a bounded number at a time; one outcome each, in their order. */
  broadcast<A extends Aim, T>(aims: readonly A[], work: (aim: A) => Promise<T>): Promise<Outcome<T>[]>;
  openStream(address: { readonly place: Place; readonly session?: Ref }, request: StreamRequest): Promise<TerminalStream>;
  /** A view of the fleet's registry; undefined where there is none that knows it. @throws FleetError `denied`, `nats-unreachable` */
  registry<C extends Contract>(view: C, input: RawInputOf<C>): Promise<OutputOf<C> | undefined>;
  /** Asks the registry to forget a node. */
  forget(name: NodeName, force: boolean): Promise<boolean>;
  /** What happened and happens: of the fleet, of the server, or of this machine's node where no fleet is set up. */
  events(request: EventsRequest): AsyncIterable<HeardEvent>;
  /** This machine's agent, if it answers; never starts it. */
  peek(): Promise<AgentStatus | undefined>;
  /** The node that is this caller's own (this machine's, or the server that was named): in a fleet, in none, or there is no such node. */
  ownNode(): Promise<"linked" | "alone" | "none">;
  /** Is a fleet set up for this caller? */
  hasFleet(): Promise<boolean>;
  /** One line about an unprotected fleet, when it is one. */
  notes(): Promise<readonly string[]>;
}

/** Brings one verb's input to where it is answered. Errors are FleetErrors; the answer is not yet parsed. */
export interface Carrier extends AsyncDisposable {
  ask(contract: Contract, input: InputOf<Contract>, options: AskOptions): Promise<unknown>;
}

export interface AskOptions {
  /** Names a change: a repeated delivery is answered, not repeated. */
  readonly operation?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Told the release of who answers, also of one who refuses; undefined when it doesn't say. */
  readonly onVersion?: (version: string | undefined) => void;
}
