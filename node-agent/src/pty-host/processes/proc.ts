// What Linux says of processes under /proc. Whatever can't be read is not there.
import { readFileSync, readlinkSync } from "node:fs";

export interface Stat {
  readonly state: string;
  readonly group: number;
  /** The process group in front of its terminal. */
  readonly front: number;
  /** Ticks since the machine started. */
  readonly start: number;
}

/** Source: proc(5), `/proc/PID/stat`. */
export function statOf(pid: number): Stat | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", group: Number(fields[2]), front: Number(fields[5]), start: Number(fields[19]) };
}

/** Children that a thread has started, as far as the kernel lists them. */
export function childrenOf(pid: number, thread = pid): number[] {
  return (readText(`/proc/${pid}/task/${thread}/children`) ?? "").split(" ").map(Number).filter((child) => child > 0);
}

/** Is this descriptor of the process the terminal? @param terminal e.g. `/dev/pts/3` */
export function isTerminal(pid: number, fd: number, terminal: string): boolean {
  return [terminal, "/dev/tty"].includes(linkOf(`/proc/${pid}/fd/${fd}`) ?? "");
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

export function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
