// The naive relay: node-pty's JavaScript API with encoding null, every chunk one WebSocket message. No log, no screen, no
// flow control, no authentication. A connection is a session; its first message is the command.
import { spawn, type IPty } from "node-pty";
import { WebSocketServer } from "ws";
import { SIZE } from "./terminal.ts";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => {
  let pty: IPty | undefined;
  socket.on("message", (message: Buffer) => {
    if (pty !== undefined) return pty.write(message);
    const [file, ...args] = JSON.parse(message.toString()) as [string, ...string[]];
    pty = spawn(file, args, { ...SIZE, name: "xterm-256color", encoding: null });
    pty.onData((data) => socket.send(data));
  });
  socket.on("close", () => pty?.kill("SIGKILL"));
});
server.on("listening", () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === "object" ? address?.port : 0 })}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
