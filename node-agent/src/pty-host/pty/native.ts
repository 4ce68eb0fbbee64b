// node-pty's native binding, without its JavaScript layer: that one loses the end of a fast program's output, delays the
// exit by up to 200 ms and spins when a child doesn't read. The binding gives the master descriptor and the exit at once.
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
  /** A terminal without a program. Both descriptors are non-blocking. */
  open(cols: number, rows: number): { master: number; slave: number; pty: string };
  resize(fd: number, cols: number, rows: number): void;
}

export interface Native {
  readonly binding: NativeBinding;
  /** A small program macOS starts sessions through. */
  readonly helperPath: string;
}

export function loadNative(): Native {
  const require = createRequire(import.meta.url);
  const root = dirname(require.resolve("node-pty/package.json"));
  const places = [join(root, "build/Release"), join(root, "prebuilds", `${process.platform}-${process.arch}`)];
  let last: unknown;
  for (const place of places) {
    try {
      return { binding: require(join(place, "pty.node")) as NativeBinding, helperPath: join(place, "spawn-helper") };
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
