// The client's side of the naive relay, which runs as a process of its own.
import { WebSocket } from "ws";
import { benchProgram } from "../harness/bundled.ts";
import { startTalker } from "../harness/child.ts";
import type { Terminal, Way } from "./terminal.ts";

export async function startRelay(env: Record<string, string>): Promise<{ way: Way; stop(): Promise<void> }> {
  const relay = startTalker(process.execPath, [benchProgram("relay")], env);
  const { port } = await relay.next();
  return { way: { name: "relay", exact: true, open: (argv) => openRelayed(Number(port), argv) }, stop: () => relay.stop() };
}

async function openRelayed(port: number, argv: readonly string[]): Promise<Terminal> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  let listener: ((bytes: Buffer) => void) | undefined;
  socket.on("message", (data: Buffer) => listener?.(data));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  socket.send(JSON.stringify(argv));
  return {
    listen: (next) => (listener = next),
    write: (text) => socket.send(text),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    async close() {
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.terminate();
      await closed;
    },
  };
}
