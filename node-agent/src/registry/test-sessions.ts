// A dispatcher that has sessions, for tests of the registry.
import { sessionList, type InputOf } from "@fleetwire/shared/bus";
import type { SessionRecord } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { BusDispatcher } from "../fleet/index.ts";
import type { TestNode } from "../fleet/test-node.ts";

export function session(node: string, id: number, more: Partial<SessionRecord> = {}): SessionRecord {
  const at = new Date(0).toISOString();
  return {
    target: `${node}:${id}`, node: node as never, id: id as never, name: null, tags: [], command: ["sh"], cwd: "/", workspace: null, runtime: "host", state: "running", exit: null,
    activity: { state: "unknown", at }, pid: 1, size: { cols: 120, rows: 40 }, attached: 0, createdAt: at, startedAt: at, endedAt: null, lastOutputAt: null, outputBytes: 0, ...more,
  };
}

export interface SessionsDispatch extends BusDispatcher {
  sessions: SessionRecord[];
  /** How often the list was asked for. */
  asked(): number;
}

/** Answers as many as were asked for, which may be too much for one message. */
export function sessionsDispatch(node: TestNode): SessionsDispatch {
  let asked = 0;
  const dispatch: SessionsDispatch = {
    sessions: [],
    asked: () => asked,
    call(verb, body) {
      if (verb === "node-get") return Promise.resolve(node.record());
      if (verb !== "session-list") return Promise.reject(new FleetError("not-supported", verb));
      asked++;
      const { after = 0, limit = 500 }: InputOf<typeof sessionList> = sessionList.input.parse(body);
      const rest = dispatch.sessions.filter(({ id }) => id > after);
      return Promise.resolve({ sessions: rest.slice(0, limit), more: rest.length > limit, rev: node.rev() });
    },
  };
  return dispatch;
}
