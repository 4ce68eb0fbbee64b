// Which resources there are: the two lists, and of each session its screen, output and record.
import { hasEnded, type SessionRecord } from "@fleetwire/shared/domain";
import type { AllowedFleet } from "../allowed-fleet.ts";
import type { Resource } from "../sdk.ts";
import { harmless } from "../untrusted.ts";
import { NODES_URI, PARTS, SESSIONS_URI, templateOf, uriOf, type Part } from "./uris.ts";

/** Sessions on one page of the list. */
const PAGE = 100;

const OWN: readonly Resource[] = [
  { uri: NODES_URI, name: "nodes", title: "Nodes of the fleet", mimeType: "application/json" },
  { uri: SESSIONS_URI, name: "sessions", title: "Sessions of the fleet", mimeType: "application/json" },
];

const parts = Object.entries(PARTS) as [Part, (typeof PARTS)[Part]][];

export const TEMPLATES = parts.map(([part, { mimeType, title, description }]) => ({ uriTemplate: templateOf(part), name: `session-${part}`, title: `A session's ${title}`, description: `${description}; target is node:id or node:name`, mimeType }));

/** Those that run first, then the newest. @param cursor how many sessions were listed before */
export async function listResources(fleet: AllowedFleet, cursor: string | undefined): Promise<{ resources: Resource[]; nextCursor?: string }> {
  const start = /^\d{1,9}$/.test(cursor ?? "") ? Number(cursor) : 0;
  const { sessions } = await fleet.sessions({});
  const sorted = sessions.toSorted((a, b) => Number(hasEnded(a.state)) - Number(hasEnded(b.state)) || (a.createdAt < b.createdAt ? 1 : -1));
  const listed = sorted.slice(start, start + PAGE).flatMap(resourcesOf);
  return { resources: [...(start === 0 ? OWN : []), ...listed], ...(start + PAGE < sorted.length ? { nextCursor: String(start + PAGE) } : {}) };
}

function resourcesOf({ target, name, state }: SessionRecord): Resource[] {
  return parts.map(([part, { mimeType, title, description }]) => harmless({ uri: uriOf(target, part), name: `${name ?? target} ${title}`, title: `${target}${name === null ? "" : ` ${name}`}: ${title}`, description: `${description} (${state})`, mimeType }));
}
