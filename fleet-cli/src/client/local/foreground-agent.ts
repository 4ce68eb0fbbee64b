import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Settings } from "../../config/index.ts";
import { findNodeProgram } from "./agent-program.ts";

/** Runs the node agent as a child and hands on what ends this command. @returns its exit code, 128 + n for a signal */
export function runForeground(settings: Settings, stop: AbortSignal): Promise<number> {
  const child = spawn(process.execPath, [findNodeProgram(settings.nodeProgram)], { stdio: "inherit", cwd: settings.home, env: settings.agentEnv() });
  const end = () => child.kill("SIGTERM");
  stop.addEventListener("abort", end, { once: true });
  if (stop.aborted) end();
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
