// The program in front of a terminal, and whether it waits there: for a line, which is a question; for keys, as a prompt, an
// editor or an agent does; or not at all. Linux only; elsewhere it can't be seen, and nothing is found.
import { execFile } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { processStart } from "../process-identity.ts";

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
    const how = waitsOn(pid, terminal);
    if (how === "read" && (await collectsLines(terminal))) return { for: "line", name: commandName(pid) };
    if (how !== undefined) keys ??= { for: "keys", name: commandName(pid) };
  }
  return keys;
}

/** Field 8 of the leader's stat: the process group in front. */
export function foregroundGroup(leader: number): number | undefined {
  const group = Number(statOf(leader)?.[5]);
  return group > 0 ? group : undefined;
}

/** State, parent, group, session, terminal, group in front, … */
function statOf(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

const MOST_MEMBERS = 32;

/** The group's leader and those of its children that are in the group too, nearest first. */
function membersOf(group: number): number[] {
  const found = [group];
  for (let at = 0; at < found.length && found.length < MOST_MEMBERS; at++) {
    const pid = found[at] as number;
    const children = read(`/proc/${pid}/task/${pid}/children`) ?? "";
    for (const child of children.split(" ").map(Number)) if (child > 0 && Number(statOf(child)?.[2]) === group) found.push(child);
  }
  return found;
}

/** Numbers of the system calls. */
const CALLS: Readonly<Record<string, Readonly<Record<string, "read" | "poll" | "epoll">>>> = {
  x64: { 0: "read", 7: "poll", 23: "poll", 232: "epoll", 270: "poll", 271: "poll", 281: "epoll", 441: "epoll" },
  arm64: { 63: "read", 72: "poll", 73: "poll", 22: "epoll", 441: "epoll" },
};

function waitsOn(pid: number, terminal: string): "read" | "poll" | undefined {
  const [call = "", descriptor = ""] = read(`/proc/${pid}/syscall`)?.split(" ") ?? [];
  const isTerminal = (fd: number | string) => [terminal, "/dev/tty"].includes(linkOf(`/proc/${pid}/fd/${fd}`) ?? "");
  const kind = CALLS[process.arch]?.[call];
  if (kind === "read") return isTerminal(Number.parseInt(descriptor, 16)) ? "read" : undefined;
  // Which descriptors a poll is for stands in its memory: who has the terminal for its input polls that.
  const watched = kind === "epoll" ? targetsOf(pid, Number.parseInt(descriptor, 16)) : kind === "poll" ? [0] : [];
  return watched.some(isTerminal) ? "poll" : undefined;
}

/** What an epoll descriptor watches. */
function targetsOf(pid: number, fd: number): string[] {
  return [...(read(`/proc/${pid}/fdinfo/${fd}`) ?? "").matchAll(/^tfd:\s+(\d+)/gm)].map(([, target = ""]) => target);
}

function collectsLines(terminal: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile("stty", ["-F", terminal, "-a"], { timeout: 1000 }, (error, stdout) => resolve(error === null && /(^|\s)icanon(\s|$)/m.test(stdout)));
  });
}

function commandName(pid: number): string {
  return read(`/proc/${pid}/comm`)?.trim() ?? String(pid);
}

const LONGEST_NAME = 64;

/** `node /usr/bin/claude --x` is known as `node` and `claude`. */
function namesOf(pid: number): string[] {
  const [program = "", ...words] = (read(`/proc/${pid}/cmdline`) ?? "").split("\0").filter((word) => word !== "");
  const interpreted = words.find((word) => !word.startsWith("-"));
  const paths = [program, ...(interpreted?.includes("/") === true || /\.[cm]?[jt]s$|\.py$/.test(interpreted ?? "") ? [interpreted ?? ""] : [])];
  const names = paths.map((path) => basename(path).replace(/^-/, "").replace(/\.(?:[cm]?[jt]s|py)$/, "").slice(0, LONGEST_NAME));
  return [...new Set([commandName(pid), ...names])].filter((name) => name !== "");
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
