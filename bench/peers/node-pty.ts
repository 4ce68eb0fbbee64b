// The bare node-pty read loop: bytes, no decoding. Also the terminal that clients of other programs run on.
import { spawn } from "node-pty";
import { SIZE, type Terminal, type Way } from "./terminal.ts";

export function openNodePty(argv: readonly string[], env: Record<string, string>): Terminal {
  const [file = "", ...args] = argv;
  const pty = spawn(file, args, { ...SIZE, name: "xterm-256color", encoding: null, env });
  let listener: ((bytes: Buffer) => void) | undefined;
  // With encoding null the data are buffers, whatever the declared type says.
  pty.onData((data) => listener?.(data as unknown as Buffer));
  const exited = new Promise<void>((resolve) => pty.onExit(() => resolve()));
  return {
    listen: (next) => (listener = next),
    write: (text) => pty.write(text),
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    async close() {
      pty.resume();
      try {
        pty.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await exited;
    },
  };
}

export function nodePty(env: Record<string, string>): Way {
  return { name: "node-pty loop", exact: true, open: (argv) => Promise.resolve(openNodePty(argv, env)) };
}
