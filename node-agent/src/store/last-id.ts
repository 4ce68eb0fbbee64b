// The highest session id ever given, outside the database: for the day it is lost after the newest sessions were removed.
import { closeSync, fstatSync, openSync, readFileSync, writeSync } from "node:fs";

export interface LastId extends Disposable {
  /** As far as is known; 0 when nothing is. */
  highest(): number;
  note(id: number): void;
}

export function openLastId(file: string): LastId {
  let highest = 0;
  let descriptor: number | undefined;

  /** Kept open and written over in place: making the file anew costs milliseconds at every launch. */
  function open(): number {
    closeSync(openSync(file, "a", 0o600));
    return (descriptor = openSync(file, "r+"));
  }

  function close(): void {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  }

  try {
    highest = Number(/^ *(\d{1,10})\n/.exec(readFileSync(file, "utf8"))?.[1] ?? 0);
  } catch {
    // The first start, or a file that can't be read: the database and the directories know too.
  }
  return {
    highest: () => highest,
    note(id) {
      highest = Math.max(highest, id);
      try {
        if (descriptor !== undefined && fstatSync(descriptor).nlink === 0) close();
        writeSync(descriptor ?? open(), `${String(highest).padStart(10)}\n`, 0);
      } catch {
        // A full disk is no reason not to launch: the database has it too.
      }
    },
    [Symbol.dispose]: close,
  };
}
