// Which process a program is: its pid and its start, so that a pid given out again is never taken for it, let alone signalled.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod/mini";
import { isSameProcess } from "../pty-host/index.ts";

const PidFile = z.object({ pid: z.int().check(z.gte(2)), start: z.string().check(z.minLength(1)) });
export type ProcessIdentity = z.infer<typeof PidFile>;

/** The process that the file names, when it is still that process; undefined for a file that is missing, stale or garbage. */
export function readPidFile(file: string): ProcessIdentity | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  const parsed = PidFile.safeParse(jsonOrNothing(text));
  return parsed.success && isAlive(parsed.data) ? parsed.data : undefined;
}

export function writePidFile(file: string, identity: ProcessIdentity): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(identity), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removePidFile(file: string): void {
  rmSync(file, { force: true });
}

export function isAlive({ pid, start }: ProcessIdentity): boolean {
  return isSameProcess(pid, start);
}

/** To exactly this process; nothing when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
