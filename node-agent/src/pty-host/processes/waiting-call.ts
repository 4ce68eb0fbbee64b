// Which files a process on Linux waits for at this moment, from the system call that it sits in: a read, or one of the calls
// that wait for several.
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";

type Call = "read" | "poll" | "select" | "epoll" | "opaque";

/** By number. `opaque`: waits for what can't be seen from outside (io_uring, a call that goes on after a stop). */
const CALLS: ReadonlyMap<number, Call> = new Map<number, Call>(
  process.arch === "arm64"
    ? [[63, "read"], [65, "read"], [73, "poll"], [72, "select"], [22, "epoll"], [441, "epoll"], [426, "opaque"], [128, "opaque"]]
    : [[0, "read"], [19, "read"], [7, "poll"], [271, "poll"], [23, "select"], [270, "select"], [232, "epoll"], [281, "epoll"], [441, "epoll"], [426, "opaque"], [219, "opaque"]],
);
const MOST_DESCRIPTORS = 1024;
const POLLIN = 1;

export interface Awaited {
  readonly call: Call | "other";
  /** Descriptors that it waits to read from. */
  readonly descriptors: readonly number[];
}

/** What a thread waits for; undefined: that can't be seen. */
export function awaitedBy(pid: number, thread = pid): Awaited | undefined {
  try {
    const [number = "", first = "0", second = "0"] = readFileSync(`/proc/${pid}/task/${thread}/syscall`, "utf8").trim().split(" ");
    const call = /^\d+$/.test(number) ? CALLS.get(Number(number)) : undefined;
    if (call === undefined) return { call: "other", descriptors: [] };
    const descriptors = awaitedIn(pid, call, Number(first), Number(second));
    return descriptors === undefined ? undefined : { call, descriptors };
  } catch {
    return undefined;
  }
}

/** @param first @param second of the call's arguments. @throws Error when another user's process can't be looked into */
function awaitedIn(pid: number, call: Call, first: number, second: number): readonly number[] | undefined {
  switch (call) {
    case "read":
      return [first | 0];
    case "poll":
      return polled(memoryOf(pid, first, Math.min(second, MOST_DESCRIPTORS) * 8));
    case "select":
      return second === 0 ? [] : selected(memoryOf(pid, second, Math.ceil(Math.min(first, MOST_DESCRIPTORS) / 8)), first);
    case "epoll":
      return watched(readFileSync(`/proc/${pid}/fdinfo/${first | 0}`, "utf8"));
    case "opaque":
      return undefined;
  }
}

/** `struct pollfd`: descriptor, events, what happened. */
function polled(entries: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at + 8 <= entries.length; at += 8) if ((entries.readUInt16LE(at + 4) & POLLIN) !== 0) found.push(entries.readInt32LE(at));
  return found;
}

/** `fd_set`: a bit each. */
function selected(bits: Buffer, count: number): number[] {
  return Array.from({ length: Math.min(count, bits.length * 8) }, (_, fd) => fd).filter((fd) => ((bits[fd >> 3] ?? 0) & (1 << (fd & 7))) !== 0);
}

/** Lines `tfd: DESCRIPTOR events: MASK data: …`. */
function watched(info: string): number[] {
  return [...info.matchAll(/^tfd:\s*(\d+)\s+events:\s*([0-9a-f]+)/gm)].filter(([, , events = "0"]) => (Number.parseInt(events, 16) & POLLIN) !== 0).map(([, fd]) => Number(fd));
}

function memoryOf(pid: number, address: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    return bytes.subarray(0, length === 0 ? 0 : readSync(memory, bytes, 0, length, address));
  } finally {
    closeSync(memory);
  }
}

export function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}
