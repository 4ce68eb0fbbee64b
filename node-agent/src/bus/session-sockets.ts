// A socket of its own for each session: the agent knows which session asks, without believing anything it says. What may be
// asked there is what an operator may, and nothing about the node itself (see authorize.ts).
import { chmodSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import type { SessionId } from "@fleetwire/shared/ids";
import type { Log } from "../log/index.ts";
import type { Dispatcher } from "./dispatch.ts";
import { closeHttp, createHttp } from "./http-server.ts";

export interface SessionSockets extends AsyncDisposable {
  path(id: SessionId): string;
  open(id: SessionId): void;
  close(id: SessionId): void;
}

/** @param directory 0700, ours alone */
export function openSessionSockets(directory: string, dispatcher: Promise<Dispatcher>, version: string, log: Log): SessionSockets {
  const servers = new Map<SessionId, Server>();
  const closing = new Set<Promise<void>>();
  const path = (id: SessionId) => join(directory, `${id}.sock`);

  function close(id: SessionId): void {
    const server = servers.get(id);
    if (server === undefined) return;
    servers.delete(id);
    rmSync(path(id), { force: true });
    const closed = closeHttp(server);
    closing.add(closed);
    void closed.finally(() => closing.delete(closed));
  }

  return {
    path,
    open(id) {
      if (servers.has(id)) return;
      const server = createHttp({ dispatcher, version, caller: () => Promise.resolve({ kind: "session", session: id }) });
      servers.set(id, server);
      server.on("error", (error) => log.warn({ session: id, err: error }, "a session's socket failed"));
      rmSync(path(id), { force: true });
      server.listen(path(id), () => {
        // The directory is closed to others already; this is the second lock.
        if (servers.get(id) === server) chmodSync(path(id), 0o600);
      });
    },
    close,
    async [Symbol.asyncDispose]() {
      for (const id of servers.keys()) close(id);
      await Promise.all(closing);
    },
  };
}
