// Which build of the host program this is: a host keeps running the one it was started from.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** @param script the bundled host; its screen worker lies beside it. Empty when it can't be read. */
export function buildOf(script: string): string {
  try {
    const hash = createHash("sha256");
    for (const file of [script, join(dirname(script), "screen-worker.js")]) hash.update(readFileSync(file));
    return hash.digest("hex").slice(0, 8);
  } catch {
    return "";
  }
}
