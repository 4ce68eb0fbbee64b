// One look at the fleet, and what two looks say together: how fast each session prints.
import { sessionList } from "@fleetwire/shared/bus";
import { hasEnded, type NodeRecord, type SessionRecord } from "@fleetwire/shared/domain";
import type { FleetClient } from "../client/index.ts";

export interface Reading {
  readonly nodes: readonly NodeRecord[];
  readonly sessions: readonly SessionRecord[];
  /** Nodes whose sessions are not fresh. */
  readonly stale: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
  /** Bytes a second by target, between the last two looks at that session. */
  readonly rates: ReadonlyMap<string, number>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Nodes asked in one look, besides the registry: it hears what happens, not each byte that is printed. */
const NODES_AT_ONCE = 16;
const ASK_MS = 2_000;

/** @returns looks. `first`: names of nodes whose sessions are on the screen; of many nodes the others take turns */
export function createReader(client: FleetClient, now: () => number): (first?: readonly string[]) => Promise<Reading> {
  const seen = new Map<string, { readonly bytes: number; readonly at: number; readonly rate: number | undefined }>();
  let turn = 0;

  function ratesOf(sessions: readonly SessionRecord[], fresh: ReadonlySet<string>, at: number): Map<string, number> {
    const rates = new Map<string, number>();
    const targets = new Set(sessions.map(({ target }) => target));
    for (const { target, node, outputBytes, state } of sessions) {
      const before = seen.get(target);
      if (hasEnded(state)) continue;
      if (before === undefined || (fresh.has(node) && at > before.at)) {
        const rate = before === undefined ? undefined : Math.max(0, ((outputBytes - before.bytes) / (at - before.at)) * 1000);
        seen.set(target, { bytes: outputBytes, at, rate });
      }
      const rate = seen.get(target)?.rate;
      if (rate !== undefined) rates.set(target, rate);
    }
    for (const target of seen.keys()) if (!targets.has(target)) seen.delete(target);
    return rates;
  }

  return async (first = []) => {
    const [{ nodes, notes }, listed, here] = await Promise.all([client.nodes(), client.sessions({}), client.peek()]);
    const remote = nodes.length === 1 && !(await client.hasFleet()) ? [] : nodes.filter(({ state, sessions, key }) => state === "live" && sessions.running > 0 && key !== here?.node.key);
    const visible = remote.filter(({ name }) => first.includes(name));
    const others = remote.filter(({ name }) => !first.includes(name));
    const start = others.length === 0 ? 0 : (turn += NODES_AT_ONCE) % others.length;
    const asked = [...visible, ...others.slice(start), ...others.slice(0, start)].slice(0, NODES_AT_ONCE);
    const lists = await Promise.all(asked.map(async (node) => {
      // A node that is slow to answer is shown as it was last heard.
      const page = await client.call(sessionList, { filter: { states: ["starting", "running"] } }, { kind: "fleet", node }, { timeoutMs: ASK_MS }).catch(() => undefined);
      return page === undefined || page.more ? [] : page.sessions;
    }));
    const direct = new Map(lists.flat().map((session) => [session.target, session]));
    const sessions = listed.sessions.map((session) => direct.get(session.target) ?? session);
    // Rows of this machine, or of the one server that is asked, come from the node itself.
    const fresh = new Set([...lists.flat().map(({ node }) => node as string), ...(here === undefined ? [] : [here.node.name as string]), ...(remote.length === 0 ? nodes.map(({ name }) => name as string) : [])]);
    const at = now();
    return { nodes, sessions, stale: listed.stale, notes: [...new Set([...notes, ...listed.notes])], rates: ratesOf(sessions, fresh, at), at };
  };
}
