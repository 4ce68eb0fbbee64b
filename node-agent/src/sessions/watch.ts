import type { SessionId } from "@fleetwire/shared/ids";
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";

/**
 * The row once `met` says so, or as it is when the time is over or the agent stops; undefined when it was removed.
 * @param everyMs ask again in between, for what no event tells; 0: don't
 */
export async function untilChanged(core: Core, id: SessionId, met: (row: SessionRow) => boolean, timeoutMs: number, everyMs = 0): Promise<SessionRow | undefined> {
  const now = () => core.store.sessions.get(id);
  const done = () => {
    const row = now();
    return row === undefined || met(row);
  };
  if (timeoutMs > 0 && !done() && !core.over.aborted) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(finish, timeoutMs);
      const ticker = everyMs > 0 ? setInterval(check, everyMs) : undefined;
      const watcher = (changed: SessionId) => {
        if (changed === id) check();
      };
      core.watchers.add(watcher);
      core.over.addEventListener("abort", finish, { once: true });
      function check(): void {
        if (done()) finish();
      }
      function finish(): void {
        clearTimeout(timer);
        clearInterval(ticker);
        core.watchers.delete(watcher);
        core.over.removeEventListener("abort", finish);
        resolve();
      }
    });
  }
  return now();
}
