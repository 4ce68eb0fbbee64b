// Every subject string of the product. Identity tokens are public nkeys, so that a name can't be borrowed.
import type { FleetName, PoolName, PublicKey } from "../ids/index.ts";

/** A literal token, or a wildcard where a permission or a subscription wants one. */
type Token<T extends string> = T | "*" | "{{subject()}}";

/** What nodes are called as a NATS micro service. */
export const MICRO_NAME = "fleet-node";

export const subjects = {
  beat: (fleet: FleetName, node: Token<PublicKey>) => `f1.${fleet}.hb.${node}`,
  event: (fleet: FleetName, node: Token<PublicKey>, kind: string) => `f1.${fleet}.ev.${node}.${kind}`,
  events: (fleet: FleetName) => `f1.${fleet}.ev.>`,
  request: (fleet: FleetName, pool: Token<PoolName>, node: Token<PublicKey>, verb: string, caller: Token<PublicKey>) => `f1.${fleet}.rq.${pool}.${node}.${verb}.${caller}`,
  ping: (fleet: FleetName, caller: Token<PublicKey>) => `f1.${fleet}.all.ping.${caller}`,
  /** What the registry says to all nodes about whom to believe. */
  trust: (fleet: FleetName, registry: Token<PublicKey>) => `f1.${fleet}.all.trust.${registry}`,
  query: (fleet: FleetName, view: string, caller: Token<PublicKey>) => `f1.${fleet}.q.${view}.${caller}`,
  /** Discovery by the NATS micro protocol (ADR-32): all services, those of a name, one instance. `verb`: PING, INFO, STATS or `*`. */
  micro: (verb: string, instance: Token<PublicKey>) => [`$SRV.${verb}`, `$SRV.${verb}.${MICRO_NAME}`, `$SRV.${verb}.${MICRO_NAME}.${instance}`] as const,
  /** Prefix of a caller's inbox, for the NATS client's `inboxPrefix`. */
  inboxPrefix: (caller: PublicKey) => `_I.${caller}`,
  inbox: (caller: Token<PublicKey>) => `_I.${caller}.>`,
} as const;

export interface RequestSubject {
  readonly fleet: string;
  readonly pool: string;
  readonly node: string;
  readonly verb: string;
  readonly caller: string;
}

/** Reads a request's subject back; undefined when it isn't one. */
export function readRequestSubject(subject: string): RequestSubject | undefined {
  const [f1, fleet, rq, pool, node, verb, caller, ...rest] = subject.split(".");
  if (f1 !== "f1" || rq !== "rq" || rest.length > 0 || fleet === undefined || pool === undefined || node === undefined || verb === undefined || caller === undefined) return undefined;
  return { fleet, pool, node, verb, caller };
}

/** PING, INFO or STATS of a micro question, and whether it is for one instance alone. */
export function readMicroSubject(subject: string): { verb: string; alone: boolean } | undefined {
  const [srv, verb, , instance] = subject.split(".");
  return srv === "$SRV" && verb !== undefined ? { verb, alone: instance !== undefined } : undefined;
}

/** Somebody's inbox: where an answer that proves nothing may go. Ours, or on a plain NATS the clients' usual one. */
export function isInbox(reply: string | undefined): boolean {
  return reply !== undefined && /^(_I\.U[A-Z2-7]{55}|_INBOX)\.[^\s*>]+$/.test(reply);
}

/** Reads `f1.<fleet>.q.<view>.<caller>` back. */
export function readQuerySubject(subject: string): { fleet: string; view: string; caller: string } | undefined {
  const [f1, fleet, q, view, caller, ...rest] = subject.split(".");
  if (f1 !== "f1" || q !== "q" || rest.length > 0 || fleet === undefined || view === undefined || caller === undefined) return undefined;
  return { fleet, view, caller };
}

/** The caller of `f1.<fleet>.all.ping.<caller>`. */
export function readPingSubject(subject: string): string | undefined {
  const [f1, , all, ping, caller, ...rest] = subject.split(".");
  return f1 === "f1" && all === "all" && ping === "ping" && rest.length === 0 ? caller : undefined;
}

/** The node of `f1.<fleet>.hb.<node>` or `f1.<fleet>.ev.<node>.<kind>`. */
export function readNodeOfSubject(subject: string): string | undefined {
  const [f1, , kind, node] = subject.split(".");
  return f1 === "f1" && (kind === "hb" || kind === "ev") ? node : undefined;
}

export const isBeatSubject = (subject: string): boolean => subject.split(".")[2] === "hb";

/** A reply goes to the caller's own inbox and nowhere else: a reply subject of anybody else's would make the node a courier. */
export function isOwnInbox(reply: string | undefined, caller: string): boolean {
  return reply !== undefined && reply.startsWith(`_I.${caller}.`) && !/[\s*>]/.test(reply);
}
