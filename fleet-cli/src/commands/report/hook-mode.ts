// As a hook of an agent this command says nothing and never fails: whatever is wrong here is nothing to the agent's work.
import { Writable } from "node:stream";
import type { Process } from "../command.ts";

/** `--debug` shows what goes wrong. */
export function isHook(argv: readonly string[]): boolean {
  return argv[0] === "report" && !argv.includes("--debug") && argv.some((word) => word === "--hook" || word.startsWith("--hook="));
}

export function muted(process: Process): Process {
  const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() }) as NodeJS.WriteStream;
  return { ...process, stdout: nowhere, stderr: nowhere };
}
