// A pid alone is no identity: the kernel gives it out again. A pid and the time it started is.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * When the process started, in the kernel's own words (clock ticks since boot on Linux, `ps` text elsewhere); undefined
 * when it is gone or a zombie. Two reads of one process give the same text, two processes of one pid never do.
 */
export function processStart(pid: number): string | undefined {
  if (process.platform !== "linux") return startByPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name, in parentheses, may hold anything: fields are counted from the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Is this still the process that had `start` as its start? */
export function isSameProcess(pid: number, start: string): boolean {
  return start !== "" && processStart(pid) === start;
}

function startByPs(pid: number): string | undefined {
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}
