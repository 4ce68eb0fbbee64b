// Real file systems for tests: one that is soon full, one that takes nothing. Mounting needs root; where that is not to be
// had the tests say so and are skipped.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class SmallDisk implements Disposable {
  readonly path: string;

  /** Mounted over `path`, which is made. @param bytes its size */
  constructor(path: string, bytes: number) {
    this.path = path;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    mount("-t", "tmpfs", "-o", `size=${bytes},mode=700`, "tmpfs", path);
  }

  /** @param leave bytes that stay free */
  fill(leave = 0): void {
    const { bavail, bsize } = statfsSync(this.path);
    const descriptor = openSync(this.#filler, "a", 0o600);
    try {
      for (let left = bavail * bsize - leave; left > 0; ) left -= writeSync(descriptor, Buffer.alloc(Math.min(left, 65_536)));
    } catch {
      // Somebody else took the last of it.
    } finally {
      closeSync(descriptor);
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  get #filler(): string {
    return join(this.path, "filler");
  }

  [Symbol.dispose](): void {
    spawnSync("umount", ["-l", this.path]);
  }
}

/** Nothing below `path` can be written until it is disposed; what is open stays open. */
export function readOnly(path: string): Disposable {
  mount("--bind", path, path);
  mount("-o", "remount,bind,ro", path);
  return { [Symbol.dispose]: () => void spawnSync("umount", ["-l", path]) };
}

/** Asked once a test file. */
export function canMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), "fw-"));
  try {
    using _disk = new SmallDisk(probe, 65_536);
    return true;
  } catch {
    process.stdout.write("skipped: tests of full disks need the right to mount (root)\n");
    return false;
  } finally {
    rmdirSync(probe);
  }
}

function mount(...args: string[]): void {
  const { status, stderr, error } = spawnSync("mount", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`mount ${args.join(" ")}: ${error?.message ?? stderr}`);
}
