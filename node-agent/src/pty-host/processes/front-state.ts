// What the programs in front of a terminal do: wait for somebody to type, work, or something that can't be seen.
import { childrenOf, isTerminal, linkOf, readText, statOf, type Stat } from "./proc.ts";
import { awaitedBy, threadsOf } from "./waiting-call.ts";

export interface FrontState {
  /** The same as long as the same program is in front. */
  readonly program: string;
  /** `reads`: one of them waits for input of this terminal. `asleep`, `busy`: what waits can't be seen, only whether anything runs. */
  readonly does: "reads" | "works" | "asleep" | "busy";
  /** Since the program started, milliseconds. */
  readonly ageMs: number;
}

/** Programs in front are few; whoever has more has a pool of workers that don't read. */
const MOST_PROCESSES = 64;
const MOST_THREADS = 64;
/** Clock ticks of /proc a second: 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/** @param leader of the terminal's session @param terminal e.g. `/dev/pts/3` @returns undefined where it can't be seen who is in front: elsewhere than on Linux */
export function frontStateOf(leader: number, terminal: string): FrontState | undefined {
  if (process.platform !== "linux") return undefined;
  const front = statOf(leader)?.front ?? -1;
  const members = familyOf(leader).filter(([, { group }]) => group === front);
  const [first] = members;
  // It starts, or ends.
  if (front <= 0 || first === undefined) return { program: "", does: "works", ageMs: 0 };
  const [pid, { start }] = members.find(([member]) => member === front) ?? first;
  const seen = members.map(([member]) => waits(member, terminal));
  const asleep = members.every(([, { state }]) => state === "S");
  return {
    program: `${pid} ${start} ${linkOf(`/proc/${pid}/exe`) ?? ""}`,
    does: seen.includes(true) ? "reads" : !seen.includes(undefined) ? "works" : asleep ? "asleep" : "busy",
    ageMs: Math.max(0, uptimeMs() - start * TICK_MS),
  };
}

/** Whether one of its threads waits for input of the terminal; undefined: that can't be seen. */
function waits(pid: number, terminal: string): boolean | undefined {
  let hidden = false;
  for (const thread of threadsOf(pid).slice(0, MOST_THREADS)) {
    const awaited = awaitedBy(pid, thread);
    if (awaited?.descriptors.some((fd) => isTerminal(pid, fd, terminal)) === true) return true;
    hidden ||= awaited === undefined;
  }
  return hidden ? undefined : false;
}

/** The leader and what it has started. */
function familyOf(leader: number): [number, Stat][] {
  const found: [number, Stat][] = [];
  const next = [leader];
  for (let pid = next.shift(); pid !== undefined && found.length < MOST_PROCESSES; pid = next.shift()) {
    const stat = statOf(pid);
    if (stat === undefined) continue;
    found.push([pid, stat]);
    next.push(...threadsOf(pid).slice(0, MOST_THREADS).flatMap((thread) => childrenOf(pid, thread)));
  }
  return found;
}

function uptimeMs(): number {
  return Number(readText("/proc/uptime")?.split(" ")[0] ?? 0) * 1000;
}
