// Children of the run that talk in lines of JSON, and commands that are timed as a whole.
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

export interface Talker {
  readonly pid: number;
  /** The next line. @throws Error with what the child printed to stderr when it ended instead */
  next(): Promise<Record<string, unknown>>;
  tell(message: unknown): void;
  stop(): Promise<void>;
}

export function startTalker(command: string, args: readonly string[], env: Record<string, string>): Talker {
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)));
  child.stdin.on("error", () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_resolve, reject) => child.once("error", reject));
  failed.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    async next() {
      const line = await Promise.race([lines.next(), failed]);
      if (line.done === true) throw new Error(`${[command, ...args].join(" ")} ended: ${stderr.trim()}`);
      return JSON.parse(line.value) as Record<string, unknown>;
    },
    tell: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    stop: () => stop(child),
  };
}

/** Kills a child and answers when it is reaped. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** Milliseconds from the start of a command to its end. @throws Error when it fails */
export function timeCommand(command: string, args: readonly string[], env: Record<string, string>): Promise<{ ms: number; stdout: string }> {
  return new Promise((resolve, reject) => {
    const from = performance.now();
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let ms = 0;
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", reject);
    child.once("exit", () => (ms = performance.now() - from));
    child.once("close", (code) => (code === 0 ? resolve({ ms, stdout }) : reject(new Error(`${[command, ...args].join(" ")} exited with ${code}: ${stderr.trim()}`))));
  });
}
