// tmux and dtach with one client each, the client on a terminal that a bare node-pty loop reads.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { openNodePty } from "./node-pty.ts";
import type { Terminal, Way } from "./terminal.ts";

export function tmux(program: string, env: Record<string, string>, directory: () => string): Way {
  return {
    name: "tmux",
    exact: false,
    open(argv) {
      const socket = join(directory(), "s");
      const settings = ["set", "-g", "status", "off", ";", "set", "-g", "escape-time", "0"];
      const client = openNodePty([program, "-S", socket, "-f", "/dev/null", "new-session", ...argv, ";", ...settings], env);
      return Promise.resolve(closing(client, () => execFileSync(program, ["-S", socket, "kill-server"], { stdio: "ignore" })));
    },
  };
}

export function dtach(program: string, env: Record<string, string>, directory: () => string): Way {
  return {
    name: "dtach",
    exact: true,
    open(argv) {
      const pid = join(directory(), "pid");
      // The master has no command of its own to end the program: the program notes who it is.
      const noted = ["sh", "-c", `echo $$ >"$0"; exec "$@"`, pid, ...argv];
      const client = openNodePty([program, "-A", join(directory(), "s"), "-E", "-z", "-r", "none", ...noted], env);
      return Promise.resolve(closing(client, () => execFileSync("sh", ["-c", `kill -9 $(cat "$0")`, pid], { stdio: "ignore" })));
    },
  };
}

function closing(client: Terminal, end: () => void): Terminal {
  return {
    ...client,
    async close() {
      try {
        end();
      } catch {
        // It has ended.
      }
      await client.close();
    },
  };
}
