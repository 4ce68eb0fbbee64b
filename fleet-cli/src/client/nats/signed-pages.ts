// Pages of the fleet's own registry. It has put every row through its schema when it came, and its signature, by a key that this
// caller was given when it joined, says that these are they. A thousand rows through the schema again take longer than all
// the rest of a list; here each is looked at for what lists and tables touch. Where no key is known beforehand (a plain NATS)
// the whole schema judges.
import type { Contract } from "@fleetwire/shared/bus";
import { fleetNodes, fleetSessions } from "@fleetwire/shared/bus";
import { NodeState, type NodeRecord, type SessionRecord } from "@fleetwire/shared/domain";
import * as z from "zod/mini";

const { shape: nodesShape } = fleetNodes.output;
const { shape: sessionsShape } = fleetSessions.output;
const states: readonly string[] = NodeState.options;

const PAGES = new Map<Contract, z.ZodMiniType>([
  [fleetNodes, z.object({ ...nodesShape, nodes: z.array(z.custom<NodeRecord>(isNode)) })],
  [fleetSessions, z.object({ ...sessionsShape, sessions: z.array(z.custom<SessionRecord>(isSession)), nodes: z.custom<z.infer<typeof sessionsShape.nodes>>(isAges) })],
]);

/** The schema for an answer that a key known beforehand has signed. */
export function schemaOfSigned<C extends Contract>(contract: C): C["output"] {
  return (PAGES.get(contract) ?? contract.output) as C["output"];
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

function isNode(row: unknown): boolean {
  return isObject(row) && typeof row["name"] === "string" && typeof row["key"] === "string" && typeof row["version"] === "string" && typeof row["load"] === "number" && isAge(row) && isObject(row["labels"]) && isObject(row["resources"]) && isObject(row["sessions"]);
}

function isSession(row: unknown): boolean {
  return isObject(row) && typeof row["target"] === "string" && typeof row["node"] === "string" && typeof row["id"] === "number" && typeof row["state"] === "string" && typeof row["createdAt"] === "string" && Array.isArray(row["tags"]) && Array.isArray(row["command"]) && isObject(row["activity"]) && isObject(row["size"]);
}

function isAges(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((one) => isObject(one) && isAge(one));
}

function isAge(row: Fields): boolean {
  return typeof row["ageMs"] === "number" && states.includes(row["state"] as string);
}
