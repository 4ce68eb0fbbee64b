// Does the program in front of a terminal wait for a person to type a line? True only when it sits in a read of its
// terminal while the terminal collects lines (canonical mode): a question. A shell's prompt or an editor reads key by key.
import { execFile } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";

/** Linux only; elsewhere it can't be seen, and the answer is undefined. @param terminal e.g. `/dev/pts/3` */
export async function waitingForLine(leader: number, terminal: string): Promise<{ pid: number; name: string } | undefined> {
  if (process.platform !== "linux") return undefined;
  const pid = foregroundGroup(leader);
  if (pid === undefined || !readsTerminal(pid, terminal) || !(await collectsLines(terminal))) return undefined;
  return { pid, name: commandName(pid) };
}

/** Field 8 of the leader's stat: the process group in front. */
export function foregroundGroup(leader: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${leader}/stat`, "utf8");
    const group = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[5]);
    return group > 0 ? group : undefined;
  } catch {
    return undefined;
  }
}

/** read(2) is system call 0 on x86-64 and 63 on arm64. */
const READ = { x64: "0", arm64: "63" }[process.arch as "x64" | "arm64"];

function readsTerminal(pid: number, terminal: string): boolean {
  try {
    const [call, descriptor] = readFileSync(`/proc/${pid}/syscall`, "utf8").split(" ");
    if (call !== READ || descriptor === undefined) return false;
    const open = readlinkSync(`/proc/${pid}/fd/${Number.parseInt(descriptor, 16)}`);
    return open === terminal || open === "/dev/tty";
  } catch {
    return false;
  }
}

function collectsLines(terminal: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile("stty", ["-F", terminal, "-a"], { timeout: 1000 }, (error, stdout) => resolve(error === null && /(^|\s)icanon(\s|$)/m.test(stdout)));
  });
}

function commandName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return String(pid);
  }
}
