// Ending a session's processes: the signal to all of them, a grace, KILL to what is left, and an answer only when nothing
// is (L1). A pid is signalled only while it is the process that was seen, so a recycled one never is (L3).
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { isSameProcess, processStart } from "../process-identity.ts";
import type { Family, ProcessId, ProcessTable } from "./process-table.ts";
import { groupMembers, killGroup } from "./session-group.ts";

const LOOK_MS = 25;
/** After KILL the kernel needs a moment; what is still there then is stuck in it. */
const KILL_MS = 5_000;

/** @returns processes that could not be ended (stuck in the kernel, or another user's) */
export async function killTree(table: ProcessTable, family: Family, signal: NodeJS.Signals, graceMs: number): Promise<ProcessId[]> {
  const seen = new Map<number, ProcessId>();
  const left = (found: readonly ProcessId[]) => {
    for (const process of found) seen.set(process.pid, process);
    return [...seen.values()].filter(({ pid, start }) => isSameProcess(pid, start));
  };
  const look: Look = {
    all: () => left(table.members(family)),
    // Its control group holds nearly all that a session can have: looking there is a hundred times cheaper than at every process of the machine.
    near: () => left(family.group === undefined ? table.members(family) : identified(groupMembers(family.group))),
  };
  for (const process of look.all()) {
    send(process, signal);
    // An interactive shell ignores TERM; hanging up is how a terminal asks it to end. Without this each would take the whole grace.
    if (signal === "SIGTERM" && ignores(process.pid, constants.signals.SIGTERM)) send(process, "SIGHUP");
    // Stopped processes don't act on a signal until they go on.
    send(process, "SIGCONT");
  }
  let rest = await until(graceMs, look);
  if (rest.length === 0) return [];
  for (let round = 0; rest.length > 0 && round < KILL_MS / LOOK_MS; round++) {
    if (family.group !== undefined) killGroup(family.group);
    for (const process of rest) send(process, "SIGKILL");
    rest = await until(LOOK_MS, look);
  }
  return rest;
}

interface Look {
  all(): ProcessId[];
  near(): ProcessId[];
}

/** Nothing is left when two looks in a row, at different moments, have found nothing: a child may just have been forked. */
async function until(ms: number, look: Look): Promise<ProcessId[]> {
  const end = performance.now() + ms;
  for (let empty = 0; ; ) {
    let left = look.near();
    if (left.length === 0 && empty === 1) left = look.all();
    empty = left.length === 0 ? empty + 1 : 0;
    if (empty === 2 || (empty === 0 && performance.now() >= end)) return left;
    await sleep(LOOK_MS);
  }
}

function identified(pids: readonly number[]): ProcessId[] {
  return pids.flatMap((pid) => {
    const start = pid === process.pid ? undefined : processStart(pid);
    return start === undefined ? [] : [{ pid, start }];
  });
}

/** Linux only; elsewhere nothing is known, and the grace does its work. */
function ignores(pid: number, signal: number): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
    return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  } catch {
    return false;
  }
}

function send({ pid, start }: ProcessId, signal: NodeJS.Signals): boolean {
  if (!isSameProcess(pid, start)) return false;
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // It went in this moment, or isn't ours to signal: the next look tells.
  }
}
