// A terminal's modes by `stty`, where fleet-spawn wasn't built: some milliseconds instead of a fraction of one.
import { execFile } from "node:child_process";
import type { TerminalState } from "./spawner.ts";

const DEADLINE_MS = 1_000;
/** ICANON among the local modes, and where `stty -g` has these. */
const LOCAL = process.platform === "darwin" ? { flag: "-f", modes: /(?:^|:)lflag=([0-9a-f]+)/, collectsLines: 0x100 } : { flag: "-F", modes: /^(?:[0-9a-f]+:){3}([0-9a-f]+):/, collectsLines: 0x2 };

export function sttyOf(terminal: string): Promise<TerminalState | undefined> {
  return new Promise((resolve) => {
    execFile("stty", [LOCAL.flag, terminal, "-g"], { timeout: DEADLINE_MS }, (error, stdout) => {
      const local = LOCAL.modes.exec(stdout)?.[1];
      resolve(error !== null || local === undefined ? undefined : { modes: stdout.trim(), collectsLines: (Number.parseInt(local, 16) & LOCAL.collectsLines) !== 0, unread: undefined });
    });
  });
}
