// One temporary directory that everything of a run lives below. Whatever process names it (in its arguments or its
// environment) was started by the run and ends with it, also when the run is interrupted or fails.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { product } from "./bundled.ts";

const PREFIX = "fw-bench-";

export interface Workplace {
  readonly root: string;
  /** A new empty directory with a short path: sockets live below it. */
  directory(): string;
  /** The environment of what is started: ours, without what belongs to a fleet of this shell's. */
  env(extra?: Readonly<Record<string, string>>): Record<string, string>;
  /** Kills every process of the run and removes its files. */
  clear(): void;
}

export function openWorkplace(): Workplace {
  sweepAbandoned();
  const root = mkdtempSync(join(tmpdir(), PREFIX));
  writeFileSync(join(root, "pid"), String(process.pid));
  let count = 0;
  return {
    root,
    directory() {
      const path = join(root, String(++count));
      mkdirSync(path, { mode: 0o700 });
      return path;
    },
    env: (extra = {}) => ({ ...cleanEnv(), FLEET_BENCH: root, FLEET_NODE_PROGRAM: product.agent, ...extra }),
    clear: () => clear(root),
  };
}

function cleanEnv(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !/^(FLEET_|NATS_|TMUX|VITEST)/.test(entry[0])));
}

function clear(root: string): void {
  // Again until nobody is left: one that was just forked is not seen the first time.
  for (let tries = 0; tries < 20; tries++) {
    const left = processesNaming(root);
    if (left.length === 0) break;
    for (const pid of left) kill(pid);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}

/** Processes with the directory in their arguments or environment, this one excepted. Linux; elsewhere none. */
function processesNaming(root: string): number[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc").map(Number).filter((pid) => pid > 1 && pid !== process.pid && names(pid, root));
}

function names(pid: number, root: string): boolean {
  try {
    // A zombie has neither; it is its parent's to reap.
    return ["cmdline", "environ"].some((file) => new RegExp(`${root}(?![A-Za-z0-9])`).test(readFileSync(`/proc/${pid}/${file}`, "latin1")));
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was faster.
  }
}

/** What a run left that was itself killed with SIGKILL. */
function sweepAbandoned(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const root = join(tmpdir(), name);
    const file = join(root, "pid");
    if (existsSync(file) && !existsSync(`/proc/${readFileSync(file, "utf8")}`)) clear(root);
  }
}
