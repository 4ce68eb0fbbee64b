// Runs a vendor's tool. Drivers hang, and a tool that hangs in the kernel can't be killed: it is left alone after its time, and
// not asked again while it is still there.
import { spawn } from "node:child_process";
import { join } from "node:path";

/** @returns what it printed. @throws Error when it is missing, fails, hangs or prints too much */
export type AskTool = (program: string, args: readonly string[]) => Promise<string>;

const MOST_BYTES = 4 * 2 ** 20;
/** Where drivers put their tools although no PATH may name it: AMD's, and NVIDIA's under WSL. */
const VENDOR_DIRECTORIES = ["/opt/rocm/bin", "/usr/lib/wsl/lib"];

/**
 * @param timeoutMs for one run of a tool
 * @param find absolute path of a program; a name that isn't installed costs no process
 */
export function createAskTool(timeoutMs: number, find: (program: string) => string | undefined): AskTool {
  const hanging = new Set<string>();
  const fileOf = (program: string) => [program, ...VENDOR_DIRECTORIES.map((directory) => join(directory, program))].map(find).find((file) => file !== undefined);
  return (program, args) => {
    if (hanging.has(program)) return Promise.reject(new ToolHangs(program));
    const file = fileOf(program);
    if (file === undefined) return Promise.reject(new Error(`${program} is not installed`));
    return new Promise((resolve, reject) => {
      // A group of its own: the tool may be a script, and its children would keep the pipe.
      const child = spawn(file, args, { stdio: ["ignore", "pipe", "ignore"], detached: true });
      const chunks: Buffer[] = [];
      let size = 0;
      const giveUp = (error: Error) => {
        clearTimeout(timer);
        try {
          if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
        } catch {
          // Gone already.
        }
        child.stdout.destroy();
        child.unref();
        reject(error);
      };
      const timer = setTimeout(() => {
        // One that has ended, and left a child that keeps its output open, may be asked again.
        if (child.exitCode === null && child.signalCode === null) hanging.add(program);
        giveUp(new ToolHangs(program));
      }, timeoutMs);
      child.stdout.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MOST_BYTES) giveUp(new Error(`${program} prints more than ${MOST_BYTES} bytes`));
      });
      child.once("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
      child.once("exit", () => hanging.delete(program));
      child.once("close", (code) => {
        clearTimeout(timer);
        if (code === 0) resolve(Buffer.concat(chunks).toString("utf8"));
        else reject(new Error(`${program} exited with ${code ?? "a signal"}`));
      });
    });
  };
}

/** What isn't told is not known; that the tool hangs is another matter. */
export function unlessItHangs(error: unknown): "" {
  if (error instanceof ToolHangs) throw error;
  return "";
}

export class ToolHangs extends Error {
  constructor(program: string) {
    super(`${program} does not answer`);
  }
}
