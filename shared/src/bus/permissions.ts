// What each role may publish and hear: allow-lists only, derived from the contract table. NATS enforces them; the node
// checks again. Identity in a template is `{{subject()}}`: names and tags expand wildcards, public keys can't.
import type { FleetName, PoolName } from "../ids/index.ts";
import type { Contract, Role } from "./contract.ts";
import { NODE_CONTRACTS, REGISTRY_CONTRACTS } from "./contracts.ts";
import { subjects } from "./subjects.ts";

export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** May answer requests it received: how many messages each. 0: may not. */
  readonly responses: number;
  readonly subscriptions: number;
  readonly payloadBytes: number;
}

/** Roles whose credential is cut to one pool. */
export const POOLED_ROLES: readonly Role[] = ["node", "ci"];

/** What people's tools may ask of micro services. */
const MICRO_VERBS = ["PING", "INFO", "STATS"];

const self = "{{subject()}}";
const MAX_PAYLOAD = 256 * 1024;
/** A page of a big fleet: fewer round trips for a list. */
const REGISTRY_PAYLOAD = 1024 * 1024;

export function permissionsOf(role: Role | "joiner", fleet: FleetName, pool: PoolName): Permissions {
  if (role === "joiner") {
    return { publish: [subjects.query(fleet, REGISTRY_CONTRACTS.enroll.verb, self)], subscribe: [subjects.inbox(self)], responses: 0, subscriptions: 4, payloadBytes: 16 * 1024 };
  }
  const queries = allowed(Object.values(REGISTRY_CONTRACTS), role).map((view) => subjects.query(fleet, view, self));
  const cut = POOLED_ROLES.includes(role) ? pool : "*";
  const requests = allowed(Object.values(NODE_CONTRACTS), role).map((verb) => subjects.request(fleet, cut, "*", verb, self));
  switch (role) {
    case "node":
      return {
        publish: [subjects.beat(fleet, self), subjects.event(fleet, self, "*"), subjects.ping(fleet, self), ...requests, ...queries],
        // Beats: of nodes that a message waits for.
        subscribe: [subjects.request(fleet, pool, self, "*", "*"), subjects.beat(fleet, "*"), subjects.ping(fleet, "*"), subjects.trust(fleet, "*"), ...subjects.micro("*", self), subjects.inbox(self)],
        responses: 1,
        subscriptions: 32,
        payloadBytes: MAX_PAYLOAD,
      };
    case "registry":
      return {
        // Its own events: what it found out about a node.
        publish: [...requests, subjects.trust(fleet, self), subjects.event(fleet, self, "audit-alarm")],
        subscribe: [subjects.beat(fleet, "*"), subjects.events(fleet), subjects.trust(fleet, "*"), ...Object.values(REGISTRY_CONTRACTS).map(({ verb }) => subjects.query(fleet, verb, "*")), subjects.inbox(self)],
        responses: 1,
        subscriptions: 64,
        payloadBytes: REGISTRY_PAYLOAD,
      };
    case "ci":
      return { publish: [...requests, ...queries], subscribe: [subjects.inbox(self)], responses: 0, subscriptions: 20, payloadBytes: MAX_PAYLOAD };
    case "viewer":
    case "operator":
    case "admin":
      return {
        publish: [...requests, ...queries, subjects.ping(fleet, self), ...MICRO_VERBS.flatMap((verb) => subjects.micro(verb, "*"))],
        subscribe: [subjects.beat(fleet, "*"), subjects.events(fleet), subjects.inbox(self)],
        responses: 0,
        subscriptions: 100,
        payloadBytes: MAX_PAYLOAD,
      };
  }
}

function allowed(contracts: readonly Contract[], role: Role): string[] {
  return contracts.filter((contract) => contract.reach !== "socket" && contract.roles.includes(role)).map((contract) => contract.verb);
}
