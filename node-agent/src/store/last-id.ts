// The highest session id ever given, outside the database: for the day it is lost after the newest sessions were removed.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

export interface LastId extends Disposable {
  /** What the file said when it was opened; 0 when it said nothing. */
  readonly first: number;
  note(id: number): void;
}

export function openLastId(file: string): LastId {
  let first = 0;
  let descriptor: number | undefined;
  try {
    // Kept open and written over in place: making the file anew costs milliseconds at every launch.
    descriptor = openSync(file, "a", 0o600);
    closeSync(descriptor);
    descriptor = openSync(file, "r+");
    first = Number.parseInt(readFileSync(descriptor, "utf8"), 10) || 0;
  } catch {
    // A full disk is no reason not to launch: the database has it too.
  }
  return {
    first,
    note(id) {
      try {
        if (descriptor !== undefined) writeSync(descriptor, `${String(id).padStart(10)}\n`, 0);
      } catch {
        // As above.
      }
    },
    [Symbol.dispose]() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}
