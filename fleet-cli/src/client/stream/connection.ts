// What both sides of an open WebSocket need beside messages: pings, silence, and reading that can be paused.
import type { WebSocket as Socket } from "ws";
import type { ClientMessage } from "@fleetwire/shared/wire";
import type { Timing } from "./timing.ts";

export class Connection {
  readonly #socket: Socket;
  readonly #beat: NodeJS.Timeout;
  #heard = performance.now();

  /** @param silent called when nothing was heard for too long */
  constructor(socket: Socket, timing: Timing, silent: (reason: string) => void) {
    this.#socket = socket;
    const hear = () => (this.#heard = performance.now());
    for (const event of ["open", "message", "ping", "pong"]) socket.on(event, hear);
    let pinged = performance.now();
    this.#beat = setInterval(() => {
      const now = performance.now();
      // Nobody listens while reading is paused; our pings still tell the host that this side lives.
      if (socket.isPaused) this.#heard = now;
      if (now - this.#heard > timing.silenceMs) return silent(`nothing heard for ${Math.round(timing.silenceMs / 1000)} s`);
      if (now - pinged < timing.pingMs || socket.readyState !== socket.OPEN) return;
      pinged = now;
      socket.ping();
    }, Math.min(timing.pingMs, timing.silenceMs) / 3);
  }

  tell(message: ClientMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  send(frame: Buffer): void {
    this.#socket.send(frame);
  }

  flow(run: boolean): void {
    if (run) this.#socket.resume();
    else this.#socket.pause();
  }

  stop(): void {
    clearInterval(this.#beat);
  }

  /** Ends it as a cut does: the host keeps what a resume needs. */
  cut(): void {
    this.#socket.terminate();
  }

  /** Closes in order; resolves when the other side has, or after `ms`. */
  async close(ms: number): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState === socket.CLOSED) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.terminate(), ms);
      socket.on("close", () => {
        clearTimeout(timer);
        resolve();
      });
      // Unread data would turn the close into a reset, which could throw away what was just typed.
      socket.resume();
      socket.close(1000);
    });
  }
}
