// The program in front of a terminal, and whether it waits there: for a line, which is a question; for keys, as a prompt, an
// editor or an agent does; or not at all. Linux only; elsewhere it can't be seen, and nothing is found.
import { execFile } from "node:child_process";
import { basename } from "node:path";
import { processStart } from "../process-identity.ts";
import { childrenOf, isTerminal, readText, statOf } from "./proc.ts";
import { awaitedBy } from "./waiting-call.ts";

export interface Front {
  /** The process group in front; its number is that of its leader. */
  readonly group: number;
  /** Tells a recycled number; undefined when the leader is gone already. */
  readonly start: string | undefined;
  /** What it may be known by: its own name, and for an interpreter that of its program. */
  readonly names: readonly string[];
}

export interface Waiting {
  readonly for: "line" | "keys";
  readonly name: string;
}

/** @param leader process id of the session's leader */
export function frontOf(leader: number): Front | undefined {
  const group = foregroundGroup(leader);
  return group === undefined ? undefined : { group, start: processStart(group), names: namesOf(group) };
}

/** Whether the group's leader still lives, in front or not. */
export function leaderLives({ group, start }: Front): boolean {
  return start !== undefined && processStart(group) === start;
}

/** @param terminal e.g. `/dev/pts/3` */
export async function waitingIn({ group }: Front, terminal: string): Promise<Waiting | undefined> {
  if (process.platform !== "linux") return undefined;
  let keys: Waiting | undefined;
  for (const pid of membersOf(group)) {
    const awaited = awaitedBy(pid);
    if (awaited?.descriptors.some((fd) => isTerminal(pid, fd, terminal)) !== true) continue;
    // Who waits for several things at once may have other work to do: a server that also takes commands.
    if (awaited.call === "read" && (await collectsLines(terminal))) return { for: "line", name: commandName(pid) };
    keys ??= { for: "keys", name: commandName(pid) };
  }
  return keys;
}

/** Field 8 of the leader's stat: the process group in front. */
export function foregroundGroup(leader: number): number | undefined {
  const group = statOf(leader)?.front ?? 0;
  return group > 0 ? group : undefined;
}

const MOST_MEMBERS = 32;

/** The group's leader and those of its children that are in the group too, nearest first. */
function membersOf(group: number): number[] {
  const found = [group];
  for (let at = 0; at < found.length && found.length < MOST_MEMBERS; at++) {
    const pid = found[at] as number;
    for (const child of childrenOf(pid)) if (statOf(child)?.group === group) found.push(child);
  }
  return found;
}

function collectsLines(terminal: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile("stty", ["-F", terminal, "-a"], { timeout: 1000 }, (error, stdout) => resolve(error === null && /(^|\s)icanon(\s|$)/m.test(stdout)));
  });
}

function commandName(pid: number): string {
  return readText(`/proc/${pid}/comm`)?.trim() ?? String(pid);
}

const LONGEST_NAME = 64;

/** `node /usr/bin/claude --x` is known as `node` and `claude`. */
function namesOf(pid: number): string[] {
  const [program = "", ...words] = (readText(`/proc/${pid}/cmdline`) ?? "").split("\0").filter((word) => word !== "");
  const interpreted = words.find((word) => !word.startsWith("-"));
  const paths = [program, ...(interpreted?.includes("/") === true || /\.[cm]?[jt]s$|\.py$/.test(interpreted ?? "") ? [interpreted ?? ""] : [])];
  const names = paths.map((path) => basename(path).replace(/^-/, "").replace(/\.(?:[cm]?[jt]s|py)$/, "").slice(0, LONGEST_NAME));
  return [...new Set([commandName(pid), ...names])].filter((name) => name !== "");
}
