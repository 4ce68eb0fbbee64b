// What runs on when a PTY host is gone. Its terminals hang up, which ends most programs; those that ignore it are found by
// mark and control group, as a kill finds them, and ended: nobody could reach them any more.
import { setTimeout as sleep } from "node:timers/promises";
import type { LifeFile } from "@fleetwire/shared/control";
import { isGroupOf, isSameProcess, killTree, ProcessTable, removeGroup } from "../pty-host/index.ts";
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";
import { readLife, sessionDirectory } from "./host-files.ts";

/** A hang-up does its work first. */
const HANG_UP_MS = 250;
const GRACE_MS = 1_000;
const REMOVE_MS = 20;
const REMOVE_TRIES = 10;

/**
 * Resolves when nothing is left. Until then no policy starts one of them again.
 * @param seen the host was there until now: then the numbers of its sessions are nobody else's yet
 */
export async function endLeftBehind(core: Core, rows: readonly SessionRow[], seen: boolean): Promise<void> {
  const table = new ProcessTable();
  const hungUp = sleep(HANG_UP_MS);
  await Promise.all(rows.map((row) => core.lock.run(row.id, () => hungUp.then(() => endOne(core, table, row, seen)))));
}

async function endOne(core: Core, table: ProcessTable, { id, epoch }: SessionRow, seen: boolean): Promise<void> {
  const life = readLife(sessionDirectory(core.stateDir, id));
  if (life === undefined || life.epoch !== epoch) return;
  const group = groupOf(life);
  const family = { leader: seen || isSameProcess(life.pid, life.pidStart) ? { pid: life.pid, start: life.pidStart } : undefined, mark: `FLEET_SESSION_EPOCH=${epoch}`, group };
  const found = table.members(family);
  if (found.length > 0) {
    const stuck = await killTree(table, family, "SIGTERM", GRACE_MS);
    core.log.warn({ session: id, ended: found.length, stuck: stuck.map(({ pid }) => pid) }, "a session without its PTY host had left processes behind");
  }
  for (let left = REMOVE_TRIES; group !== undefined && !removeGroup(group) && left > 0; left--) await sleep(REMOVE_MS);
}

/** When nothing is in it any more it goes, also when a daemon had kept it after the session's end. */
export function removeGroupOf(life: LifeFile | undefined): void {
  const group = life === undefined ? undefined : groupOf(life);
  if (group !== undefined) removeGroup(group);
}

function groupOf({ group, epoch }: LifeFile): string | undefined {
  return group !== undefined && isGroupOf(group, epoch) ? group : undefined;
}
