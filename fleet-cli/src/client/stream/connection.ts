// What both sides of an open WebSocket need beside messages: pings, silence, and reading that can be paused.
import type { WebSocket as Socket } from "ws";
import type { ClientMessage } from "@fleetwire/shared/wire";
import type { Timing } from "./timing.ts";

/** Typing pings no more often than this. */
const PROBE_MS = 1_000;

export class Connection {
  readonly #socket: Socket;
  readonly #beat: NodeJS.Timeout;
  #heard = performance.now();
  #pinged = performance.now();
  /** Since when an answer to something typed is missing. */
  #asked: number | undefined;

  /** @param silent called when nothing was heard for too long */
  constructor(socket: Socket, timing: Timing, silent: (reason: string) => void) {
    this.#socket = socket;
    const hear = () => {
      this.#heard = performance.now();
      this.#asked = undefined;
    };
    for (const event of ["open", "message", "ping", "pong"]) socket.on(event, hear);
    this.#beat = setInterval(() => {
      const now = performance.now();
      // Nobody listens while reading is paused; our pings still tell the host that this side lives.
      if (socket.isPaused) hear();
      // Whoever types into a dead line shall not have to wait until its silence is long.
      if (this.#asked !== undefined && now - this.#asked > timing.answerMs) return silent("no answer to what was typed");
      if (now - this.#heard > timing.silenceMs) return silent(`nothing heard for ${Math.round(timing.silenceMs / 1000)} s`);
      if (now - this.#pinged >= timing.pingMs) this.#ping(now);
    }, Math.min(timing.pingMs, timing.silenceMs, timing.answerMs) / 3);
  }

  tell(message: ClientMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Something typed. The acknowledgement may wait for the program, the answer to a ping waits for nothing. */
  send(frame: Buffer): void {
    this.#socket.send(frame);
    const now = performance.now();
    this.#asked ??= now;
    if (now - this.#pinged > PROBE_MS) this.#ping(now);
  }

  flow(run: boolean): void {
    if (run) this.#socket.resume();
    else this.#socket.pause();
  }

  #ping(now: number): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#pinged = now;
    this.#socket.ping();
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
