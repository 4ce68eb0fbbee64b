// A control group (cgroup v2) for each session, where this process may make one: as root, or below what systemd has
// delegated to its user. Whatever a session starts is in it and stays in it, also what has left its terminal, its parent and
// its environment behind. Elsewhere sessions have none, and marks in the environment do most of the same.
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const PREFIX = "fleet-";

/** The directory in which groups can be made: this process's own group. Undefined where there is no right, or no cgroup v2. */
export function findGroupParent(): string | undefined {
  const own = ownGroup();
  if (own === undefined) return undefined;
  const probe = join(own, `${PREFIX}probe-${process.pid}`);
  try {
    // Who moves a process needs the right to do so where both groups meet.
    accessSync(join(own, "cgroup.procs"), constants.W_OK);
    mkdirSync(probe);
  } catch {
    return undefined;
  }
  try {
    accessSync(join(probe, "cgroup.procs"), constants.W_OK);
    return own;
  } catch {
    return undefined;
  } finally {
    removeGroup(probe);
  }
}

/** @returns the new group's directory; undefined where it can't be made */
export function makeGroup(parent: string, epoch: string): string | undefined {
  const path = join(parent, PREFIX + epoch);
  try {
    mkdirSync(path);
    return path;
  } catch {
    return undefined;
  }
}

/** Is this the directory that a life of this epoch was given? What a file says is not killed unseen. */
export function isGroupOf(path: string, epoch: string): boolean {
  return basename(path) === PREFIX + epoch;
}

/** Pids of everything in the group and in groups below it. */
export function groupMembers(path: string): number[] {
  try {
    const own = readFileSync(join(path, "cgroup.procs"), "utf8").split("\n").filter((line) => line !== "").map(Number);
    return [...own, ...below(path).flatMap(groupMembers)];
  } catch {
    return [];
  }
}

/** All at once, and whatever is forked at this moment too. Older kernels (before 5.14) can't; there each member is ended by itself. */
export function killGroup(path: string): void {
  if (groupMembers(path).includes(process.pid)) return;
  try {
    writeFileSync(join(path, "cgroup.kill"), "1");
  } catch {
    return;
  }
}

/** Only when nothing is in it any more. @returns whether it is gone; what has just ended may stay in it for a moment */
export function removeGroup(path: string): boolean {
  try {
    for (const inner of below(path)) removeGroup(inner);
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** A process of the node that was started from inside a session is no part of it, and doesn't end with it. */
export function leaveSessionGroup(): void {
  const own = ownGroupPath();
  const at = own?.path.split("/").findIndex((part) => part.startsWith(PREFIX)) ?? -1;
  if (own === undefined || at < 0) return;
  try {
    writeFileSync(join(own.mount, ...own.path.split("/").slice(0, at), "cgroup.procs"), String(process.pid));
  } catch {
    return;
  }
}

function ownGroup(): string | undefined {
  const own = ownGroupPath();
  return own === undefined ? undefined : join(own.mount, own.path);
}

function ownGroupPath(): { mount: string; path: string } | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const path = /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
    const mounted = readFileSync("/proc/self/mountinfo", "utf8").split("\n").find((line) => line.includes(" - cgroup2 "))?.split(" ");
    const [root, mount] = [mounted?.[3], mounted?.[4]];
    if (path === undefined || root === undefined || mount === undefined) return undefined;
    return { mount, path: root !== "/" && path.startsWith(root) ? path.slice(root.length) : path };
  } catch {
    return undefined;
  }
}

function below(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(path, entry.name)] : []));
}
