// A PTY host as `fleet status` and `fleet doctor` show it.
import { readFileSync } from "node:fs";
import type { PartStatus } from "@fleetwire/shared/bus";
import { answers, type HostLine } from "./host-lines.ts";

export function hostPart(line: HostLine, { current, sessions }: { current: boolean; sessions: number }): PartStatus {
  const { hostId, pid, version, build } = line.file;
  const memoryBytes = residentBytes(pid);
  const detail = [
    `${version}${build === undefined ? "" : ` build ${build}`}`,
    sessions === 1 ? "1 session" : `${sessions} sessions`,
    memoryBytes === null ? undefined : `${Math.round(memoryBytes / 1e6)} MB`,
    current ? undefined : "leaves after its last session",
    silence(line),
  ];
  return {
    name: `pty-host ${hostId}`,
    state: answers(line) ? "running" : "failed",
    pid,
    detail: detail.filter((part) => part !== undefined).join(", "),
    host: { id: hostId, version, build: build ?? null, current, sessions, memoryBytes, groups: line.groups },
  };
}

function silence(line: HostLine): string | undefined {
  if (answers(line)) return undefined;
  return line.silentSince === undefined ? "does not answer" : `has not answered for ${Math.round((Date.now() - line.silentSince) / 1000)} s`;
}

/** Memory of the process that is in RAM; null where it can't be known. */
function residentBytes(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
