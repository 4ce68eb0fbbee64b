// Everything that belongs to a session: its leader, the leader's descendants, the members of its terminal session, whatever
// carries its mark in the environment (children that left with setsid or lost their parent), and its control group.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { isSameProcess, processStart } from "../process-identity.ts";
import { groupMembers } from "./session-group.ts";

export interface ProcessId {
  readonly pid: number;
  /** Tells a recycled pid, see process-identity.ts. */
  readonly start: string;
}

/** By what a session's processes are known. */
export interface Family {
  /** Of the terminal session; undefined when its number may be another terminal session's by now. */
  readonly leader: ProcessId | undefined;
  /** The whole entry, `FLEET_SESSION_EPOCH=…`, that they inherited. */
  readonly mark: string;
  /** Directory of their control group, where they have one. */
  readonly group: string | undefined;
}

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Undefined where it takes another look to know. */
  readonly start: string | undefined;
}

/** A thousand sessions that are killed together look at the machine once. */
const FRESH_MS = 20;
const MARK = "FLEET_SESSION_EPOCH=";

export class ProcessTable {
  #rows: readonly Row[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  /** Marks by pid and start: an environment is read once. */
  #marks = new Map<string, string>();

  members({ leader, mark, group }: Family): ProcessId[] {
    const rows = this.#current();
    const found = new Set([...(leader !== undefined && isSameProcess(leader.pid, leader.start) ? [leader.pid] : []), ...(group === undefined ? [] : groupMembers(group))]);
    for (const row of rows) if (row.session === leader?.pid || this.#marks.get(keyOf(row)) === mark) found.add(row.pid);
    // A host or agent that was started from inside a session is no part of it, nor are its other children.
    const strangers = new Set([process.pid, process.ppid, 0, 1]);
    for (const stranger of strangers) found.delete(stranger);
    for (let grown = true; grown; ) {
      grown = false;
      for (const row of rows) {
        if (found.has(row.pid) || strangers.has(row.pid) || !found.has(row.parent)) continue;
        found.add(row.pid);
        grown = true;
      }
    }
    const starts = new Map(rows.map(({ pid, start }) => [pid, start]));
    return [...found].flatMap((pid) => {
      const start = starts.get(pid) ?? processStart(pid);
      return start === undefined ? [] : [{ pid, start }];
    });
  }

  #current(): readonly Row[] {
    const now = performance.now();
    if (now - this.#readAt < FRESH_MS) return this.#rows;
    this.#rows = process.platform === "linux" ? rowsOfProc() : rowsOfPs();
    this.#readAt = now;
    if (process.platform === "linux") this.#marks = new Map(this.#rows.map((row) => [keyOf(row), this.#marks.get(keyOf(row)) ?? markOf(row.pid)]));
    return this.#rows;
  }
}

const keyOf = ({ pid, start }: Row) => `${pid} ${start}`;

function rowsOfProc(): Row[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // Zombies are gone already: only their parent has not noticed.
      return fields[0] === "Z" || fields[0] === "X" ? [] : [{ pid: Number(name), parent: Number(fields[1]), session: Number(fields[3]), start: fields[19] }];
    } catch {
      return []; // It ended while we looked.
    }
  });
}

function rowsOfPs(): Row[] {
  const text = execFileSync("ps", ["-axo", "pid=,ppid=,sess="], { encoding: "utf8" });
  return text.split("\n").flatMap((line) => {
    const [pid, parent, session] = line.trim().split(/\s+/).map(Number);
    return pid === undefined || Number.isNaN(pid) ? [] : [{ pid, parent: parent ?? 0, session: session ?? 0, start: undefined }];
  });
}

function markOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").find((entry) => entry.startsWith(MARK)) ?? "";
  } catch {
    return ""; // Another user's, or gone.
  }
}
