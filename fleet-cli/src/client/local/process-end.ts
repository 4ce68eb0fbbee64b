import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 10;

/** Resolves when the process is gone, at the latest after the time. @param withinMs milliseconds */
export async function processEnd(pid: number, withinMs: number): Promise<void> {
  for (const until = Date.now() + withinMs; Date.now() < until && isThere(pid); ) await sleep(LOOK_MS);
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
