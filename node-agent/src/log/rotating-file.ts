// An agent runs for months: its log has a bound. A line is written at once, so that a crash can't swallow it, and a disk
// that is full costs lines, never the agent.
import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";

export interface RotatingFile {
  write(line: string): void;
  close(): void;
}

/** Appends to a file of mode 0600; at `limitBytes` it becomes `<file>.1` and a new one is begun. */
export function openRotatingFile(file: string, limitBytes: number): RotatingFile {
  let descriptor: number | undefined;
  let size = 0;

  function open(): number {
    descriptor = openSync(file, "a", 0o600);
    size = fstatSync(descriptor).size;
    return descriptor;
  }

  function close(): void {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  }

  try {
    open();
  } catch {
    // As in `write`: an agent whose log can't be written is still one.
  }
  let closed = false;
  return {
    write(line) {
      if (closed) return;
      try {
        if (size + line.length > limitBytes && size > 0) {
          close();
          renameSync(file, `${file}.1`);
        }
        size += writeSync(descriptor ?? open(), line);
      } catch {
        // A full disk or a directory that went away: the next line tries again.
      }
    },
    close() {
      closed = true;
      close();
    },
  };
}
