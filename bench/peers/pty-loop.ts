// The bare C read loop, compiled here and run as a process of its own.
import { timeCommand } from "../harness/child.ts";
import { benchSource } from "../harness/bundled.ts";
import { compile } from "../harness/parts.ts";
import type { Workplace } from "../harness/workplace.ts";
import { BLOCK_OUT, echoing, printing } from "../programs/index.ts";

export interface PtyLoop {
  /** MB/s of so many blocks of text. */
  flow(blocks: number): Promise<number>;
  /** Microseconds to each echo. */
  echo(keys: number): Promise<number[]>;
}

/** Undefined without a C compiler. */
export function ptyLoop(workplace: Workplace): PtyLoop | undefined {
  const program = compile(benchSource("peers/pty-loop.c"), workplace.directory());
  if (program === undefined) return undefined;
  const run = async (...args: string[]) => JSON.parse((await timeCommand(program, args, workplace.env())).stdout) as Record<string, unknown>;
  return {
    async flow(blocks) {
      const bytes = blocks * BLOCK_OUT;
      return bytes / 1e6 / Number((await run("flow", String(bytes), ...printing(blocks)))["seconds"]);
    },
    echo: async (keys) => (await run("echo", String(keys), ...echoing()))["us"] as number[],
  };
}
