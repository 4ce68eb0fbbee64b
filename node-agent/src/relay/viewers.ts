// A viewer's upgraded connection, joined to a stream of the node: its request as it came, then bytes both ways. The relay
// takes no part in what they say: the node's host sees the request, its Origin and its ticket as if it had been dialled.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { MuxStream } from "@fleetwire/shared/mux";
import { ATTACH_PATH, RELAY_WINDOW } from "@fleetwire/shared/wire";

/** Headers that the host judges or answers. Whatever else came stays here. */
const FORWARDED = ["authorization", "origin", "sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol", "sec-websocket-extensions"];
/** More than this waits for the node: the viewer isn't read. */
const HIGH = 64 * 1024;
/** Until the node has said anything; and after the viewer has said its last. */
const ANSWER_MS = 5_000;

/** Bytes that wait in the relay for all viewers together. */
export class Backlog {
  readonly #most: number;
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get isOver(): boolean {
    return this.#bytes > this.#most;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }
}

export function joinViewer(request: IncomingMessage, socket: Socket, head: Buffer, stream: MuxStream, backlog: Backlog): void {
  let waiting = 0;
  let answered = false;
  let late = setTimeout(() => socket.destroy(), ANSWER_MS);
  socket.setTimeout(0);
  socket.setNoDelay(true);

  stream.onData = (bytes) => {
    if (!answered) clearTimeout(late);
    answered = true;
    waiting += bytes.length;
    backlog.add(bytes.length);
    socket.write(bytes, () => {
      waiting -= bytes.length;
      backlog.add(-bytes.length);
      stream.consumed(bytes.length);
    });
    // Too many stall at once: those who stall most have to come back when they read again.
    if (backlog.isOver && waiting > RELAY_WINDOW / 2) socket.destroy();
  };
  stream.onRoom = () => {
    if (stream.queued < HIGH / 2 && socket.isPaused()) socket.resume();
  };
  stream.onEnd = () => void socket.end();
  stream.onReset = () => void socket.destroy();

  socket.on("data", (data: Buffer) => {
    stream.write(data);
    if (stream.queued > HIGH) socket.pause();
  });
  socket.on("end", () => {
    stream.end();
    // Whoever has said all gets the node's last word, and doesn't wait for one that never comes.
    clearTimeout(late);
    late = setTimeout(() => socket.destroy(), ANSWER_MS);
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    clearTimeout(late);
    stream.reset();
  });

  stream.write(Buffer.from(requestText(request), "latin1"));
  stream.write(head);
}

/** The host's name on this side means nothing on the other: which node it is was in the path. */
function requestText({ headers }: IncomingMessage): string {
  const lines = FORWARDED.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]?.toString()}`]));
  return [`GET ${ATTACH_PATH} HTTP/1.1`, "host: localhost", "connection: Upgrade", "upgrade: websocket", ...lines, "", ""].join("\r\n");
}
