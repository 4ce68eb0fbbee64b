// Lists put together: pages of one node, and the fleet's list with this machine's own rows, which are fresher.
import { sessionList, type OutputOf, type RawInputOf, type SessionFilter } from "@fleetwire/shared/bus";
import type { SessionRecord } from "@fleetwire/shared/domain";
import type { AgentStatus, SessionsAnswer } from "./types.ts";

type List = (contract: typeof sessionList, input: RawInputOf<typeof sessionList>) => Promise<OutputOf<typeof sessionList>>;

export async function listSessions(ask: List, filter: SessionFilter | undefined): Promise<SessionRecord[]> {
  const sessions: SessionRecord[] = [];
  for (;;) {
    const page = await ask(sessionList, { filter, after: sessions.at(-1)?.id });
    sessions.push(...page.sessions);
    if (!page.more || page.sessions.length === 0) return sessions;
  }
}

/** What was launched a moment ago is there: a person reads their own writes. */
export function withLocal(fleet: SessionsAnswer, here: AgentStatus, local: readonly SessionRecord[]): SessionsAnswer {
  const { name } = here.node;
  const taken = here.fleet.state !== "connected" && fleet.sessions.some(({ node }) => node === name);
  if (taken) return { ...fleet, notes: [...fleet.notes, `this machine's own sessions are not shown: its node is not connected, and another one has the name '${name}'`] };
  const sessions = [...fleet.sessions.filter(({ node }) => node !== name), ...local].toSorted((a, b) => (a.node === b.node ? a.id - b.id : a.node < b.node ? -1 : 1));
  return { ...fleet, sessions, stale: new Map([...fleet.stale].filter(([node]) => node !== name)) };
}
