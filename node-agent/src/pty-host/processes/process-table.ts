// Everything that belongs to a session: its leader, the leader's descendants, the members of its terminal session, and
// whatever carries its mark in the environment (children that left with setsid or lost their parent).
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { processStart } from "../process-identity.ts";

export interface ProcessId {
  readonly pid: number;
  /** Tells a recycled pid, see process-identity.ts. */
  readonly start: string;
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

  /** @param mark the whole entry, `FLEET_SESSION_EPOCH=…`, that the session's processes inherited */
  members(leader: number, mark: string): ProcessId[] {
    const rows = this.#current();
    const found = new Set([leader]);
    for (const row of rows) if (row.session === leader || this.#marks.get(keyOf(row)) === mark) found.add(row.pid);
    for (let grown = true; grown; ) {
      grown = false;
      for (const row of rows) {
        if (found.has(row.pid) || !found.has(row.parent)) continue;
        found.add(row.pid);
        grown = true;
      }
    }
    // A host that was started from inside a session is no part of it.
    for (const own of [process.pid, process.ppid, 0, 1]) found.delete(own);
    return rows.flatMap(({ pid, start = found.has(pid) ? processStart(pid) : undefined }) => (found.has(pid) && start !== undefined ? [{ pid, start }] : []));
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
