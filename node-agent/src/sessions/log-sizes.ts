// What sessions take on the disk: their directories, measured. Those of ended sessions hardly change and are measured once.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasEnded } from "@fleetwire/shared/domain";
import type { SessionId } from "@fleetwire/shared/ids";
import type { SessionRow } from "../store/index.ts";
import { sessionDirectory } from "./host-files.ts";
import { inParallel } from "./in-parallel.ts";

const AT_ONCE = 16;
/** The last picture of a session may be put beside its log a while after its end. */
const SETTLED_MS = 120_000;

export interface LogSizes {
  /** Bytes by session, as they are in files. */
  of(rows: readonly SessionRow[]): Promise<ReadonlyMap<SessionId, number>>;
}

export function createLogSizes(stateDir: string, now: () => number): LogSizes {
  const settled = new Map<SessionId, { readonly epoch: string; readonly bytes: number }>();
  return {
    async of(rows) {
      const sizes = new Map<SessionId, number>();
      await inParallel(rows, AT_ONCE, async ({ id, epoch, state, ended_at: endedAt }) => {
        const known = settled.get(id);
        const bytes = known?.epoch === epoch ? known.bytes : await measure(sessionDirectory(stateDir, id));
        sizes.set(id, bytes);
        if (hasEnded(state) && endedAt !== null && now() - endedAt > SETTLED_MS) settled.set(id, { epoch, bytes });
      });
      for (const id of settled.keys()) if (!sizes.has(id)) settled.delete(id);
      return sizes;
    },
  };
}

async function measure(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(directory, name)).then(({ size }) => size, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
