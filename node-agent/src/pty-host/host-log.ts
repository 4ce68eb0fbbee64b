// What a host has to say goes to its standard error, a file that the agent opened for it: lines without secrets, and never
// more than fits.
import { fstatSync, ftruncateSync, writeSync } from "node:fs";

const MAX_BYTES = 256 * 1024;

/** Writes a line to the descriptor; a file that has grown too large begins again. Never throws. */
export function logLine(descriptor: number, text: string): void {
  try {
    const stat = fstatSync(descriptor);
    if (stat.isFile() && stat.size > MAX_BYTES) ftruncateSync(descriptor, 0);
    writeSync(descriptor, `${new Date().toISOString()} ${text.slice(0, 4096)}\n`);
  } catch {
    return; // Nowhere to say it: the sessions go on.
  }
}
