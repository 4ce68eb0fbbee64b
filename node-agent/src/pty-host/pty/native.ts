// node-pty's native binding, without its JavaScript layer: that one loses the end of a fast program's output, delays the
// exit by up to 200 ms and spins when a child doesn't read. The binding gives the master descriptor and the exit at once.
import { existsSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

interface NativeBinding {
  /** `args` without argv[0]; uid and gid -1: unchanged. The descriptor is non-blocking. */
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    cols: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    onExit: (code: number, signal: number) => void,
  ): { fd: number; pid: number; pty: string };
  resize(fd: number, cols: number, rows: number): void;
}

export interface Native {
  readonly binding: NativeBinding;
  /** A small program macOS starts sessions through. */
  readonly helperPath: string;
  /** On Linux: a program that closes what isn't the session's and becomes the session's, see fleet-exec.c; undefined where it wasn't built. */
  readonly execHelper: string | undefined;
}

/** @param execHelper path of the built fleet-exec, whether it is there or not */
export function loadNative(execHelper: string): Native {
  const require = createRequire(import.meta.url);
  const root = dirname(require.resolve("node-pty/package.json"));
  const places = [join(root, "build/Release"), join(root, "prebuilds", `${process.platform}-${process.arch}`)];
  let last: unknown;
  for (const place of places) {
    try {
      return { binding: require(join(place, "pty.node")) as NativeBinding, helperPath: join(place, "spawn-helper"), execHelper: heldOpen(execHelper) };
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** The program as it is now, also when an upgrade has put another in its place. */
function heldOpen(program: string): string | undefined {
  if (process.platform !== "linux" || !existsSync(program)) return undefined;
  const held = `/proc/${process.pid}/fd/${openSync(program, "r")}`;
  return existsSync(held) ? held : program;
}
