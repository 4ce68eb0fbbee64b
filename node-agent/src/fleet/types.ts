// What the link to the fleet is given and what it gives.
import type { agentStatus, Contract, Credentials, FleetEvent, Issuer, OutputOf, RawInputOf, RelayAnnouncement, Role } from "@fleetwire/shared/bus";
import type { NodeRecord } from "@fleetwire/shared/domain";
import type { FleetName, NodeName, PoolName, PublicKey } from "@fleetwire/shared/ids";
import type { KeyPair } from "@fleetwire/shared/keys";
import type { Trust } from "./trust.ts";

/** Who asks over the bus. `role` null: it proved none, and this node is open to such callers. */
export interface BusCaller {
  readonly kind: "bus";
  readonly key: PublicKey;
  /** A label on the key, never an identity. */
  readonly name?: string;
  readonly role: Role | null;
  /** Of the JWT that proved the role: the key that signed it, and when, seconds since 1970. */
  readonly credential?: { readonly issuer: string; readonly issued: number };
  /** The pool that its role is cut to. */
  readonly pool?: PoolName;
}

/** Runs a verb. @throws FleetError */
export interface BusDispatcher {
  call(verb: string, body: unknown, caller: BusCaller, operation?: string): Promise<unknown>;
}

/** An event before the link numbers it. */
export type NodeEvent = Omit<FleetEvent, "v" | "inst" | "seq">;

/** What the link tells the fleet about this node. */
export interface LinkedNode {
  record(): NodeRecord;
  /** Revision of the node's tables; grows with every change. */
  rev(): number;
  /** Last number of its history; absent for a node that keeps none. */
  lastEvent?(): number;
  /** @returns ends the listening */
  onEvent(listener: (event: NodeEvent) => void): () => void;
}

export interface LinkSettings {
  readonly urls: readonly string[];
  readonly fleet: FleetName;
  readonly pool: PoolName;
  /** Accept callers that prove no role. */
  readonly open: boolean;
  /** This node joined a fleet with credentials: its own JWT, and whom to believe. */
  readonly credentials?: Credentials;
  /** A creds file for somebody's own NATS, absolute. */
  readonly credsFile?: string;
  /** On somebody's own NATS: which signing keys (or callers) stand for which role. */
  readonly issuers?: readonly Issuer[];
  readonly token?: string;
  /** PEM, for `tls://` addresses. */
  readonly ca?: string;
}

/** The calls of a pino logger that these rooms make. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Last numbers given to beats and events. One per agent process: a link that is made anew goes on counting, because a listener believes no number twice. */
export interface Numbering {
  beats: number;
  events: number;
}

export interface FleetLinkDeps {
  readonly numbering: Numbering;
  readonly settings: LinkSettings;
  readonly nodeKey: KeyPair;
  /** Random per agent process, at most 36 characters. */
  readonly instance: string;
  /** Start of the agent process, milliseconds since 1970. */
  readonly startedAt: number;
  readonly node: LinkedNode;
  readonly dispatch: BusDispatcher;
  /** Called with each lease: where the hub's relay is, or that it has none. */
  readonly onRelay?: (relay: RelayAnnouncement | undefined) => void;
  /** Of the fleet that the credentials are for. */
  readonly trust?: Trust;
  /** The registry gave this node its next credential. */
  readonly onRenewed?: (jwt: string) => void;
  /** A request that was turned away before it was dispatched: forged, expired, without a role. The key is proved by nothing. */
  readonly onRefused?: (refused: { readonly key: string; readonly verb: string; readonly code: string }) => void;
  /** Each time a connection was made. */
  readonly onConnected?: () => void;
  /** Last number of the audit record. */
  readonly audited?: () => number;
  readonly log: Log;
}

export type LinkStatus = OutputOf<typeof agentStatus>["fleet"];

/** What came and was not answered, for `fleet doctor` and tests. */
export interface LinkCounters {
  /** Answered. */
  readonly served: number;
  /** Answered with an error before it reached the dispatcher: forged, expired, without a role. */
  readonly refused: number;
  /** Not answered at all: the reply subject was not the caller's own inbox. */
  readonly dropped: number;
  /** From a request's arrival to its answer, all together, milliseconds. */
  readonly busyMs: number;
}

/** Another node: its key is who it is, the name what it is called. */
export interface Peer {
  readonly name: string;
  readonly key: string;
  readonly pool: string;
}

export interface Peers {
  /** As the registry knows it, also one that is away. @throws FleetError `unknown-node`, `nats-unreachable` */
  find(name: NodeName): Promise<Peer>;
  /** What a node calls itself, if the fleet says the same of its key; undefined otherwise. @throws FleetError `nats-unreachable` */
  nameOf(key: string, said: string): Promise<string | undefined>;
  /** @throws FleetError what the node says; `node-unreachable`, `timeout`, `nats-unreachable`, `bad-signature`; `denied` in another pool */
  ask<C extends Contract>(peer: Peer, contract: C, body: RawInputOf<C>, timeoutMs: number): Promise<OutputOf<C>>;
  /** Whose beats to listen for, by key; replaces those of before. */
  watch(keys: readonly string[]): void;
  /** A watched node is there. */
  onAlive(listener: (key: string) => void): void;
}

export interface FleetLink extends AsyncDisposable {
  status(): LinkStatus;
  counters(): LinkCounters;
  readonly peers: Peers;
  /** Connected, with the name claimed and requests served. @throws FleetError `nats-unreachable`, `nats-denied`, `node-name-taken` */
  ready(timeoutMs: number): Promise<void>;
}
