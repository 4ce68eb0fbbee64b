// `life.json`: what is known of a session's process when nobody is left who saw it.
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LifeFile } from "@fleetwire/shared/control";

/** Atomic: a reader sees the old or the new one. A disk that fails costs this record, not the session. */
export function writeLife(directory: string, life: LifeFile): void {
  const path = join(directory, "life.json");
  try {
    writeFileSync(`${path}.new`, JSON.stringify(life), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch {
    return;
  }
}
