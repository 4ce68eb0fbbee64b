// What goes out on one connection, bounded (D4): a sender asks for room before it sends, and is told when there is some.
import type { WebSocket } from "ws";
import { encodeFrame, MAX_PAYLOAD, type FrameKind } from "@fleetwire/shared/wire";

/** Bytes given to the socket and not yet taken by the kernel. More than this: no room. */
const HIGH = 512 * 1024;
/** Once full, there is room again below this. */
const LOW = 128 * 1024;
/** Arrival is asked for after so many bytes. */
const MARK = 64 * 1024;

export class Outbox {
  readonly #socket: WebSocket;
  readonly #window: number;
  #onRoom: (() => void) | undefined;
  #full = false;
  #sent = 0;
  #arrived = 0;
  #marked = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #arrivals: { readonly upTo: number; readonly tell: () => void }[] = [];

  /**
   * @param window bytes that may be on their way to the other side, which kernels may hold by the megabyte; arrival is told
   * by the WebSocket's own ping and pong
   */
  constructor(socket: WebSocket, window = Number.POSITIVE_INFINITY) {
    this.#socket = socket;
    this.#window = window;
    socket.on("pong", (mark: Buffer) => this.#marksBack(mark));
  }

  get hasRoom(): boolean {
    return !this.#full && this.#sent - this.#arrived < this.#window && this.#socket.readyState === this.#socket.OPEN;
  }

  /** @param listener when there is room after there was none */
  onRoom(listener: () => void): void {
    this.#onRoom = listener;
  }

  /** @param bytes at most MAX_PAYLOAD */
  send(kind: FrameKind, offset: number, bytes: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(encodeFrame(kind, offset, bytes), () => this.#taken());
    this.#sent += bytes.length;
    if (this.#sent - this.#marked >= Math.min(MARK, this.#window)) this.#mark();
    if (this.#socket.bufferedAmount >= HIGH) this.#full = true;
  }

  /** Bytes of any length, in frames, waiting for room between them. */
  async sendAll(kind: FrameKind, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += MAX_PAYLOAD) {
      if (!this.hasRoom) await this.room();
      this.send(kind, at, bytes.subarray(at, at + MAX_PAYLOAD));
    }
  }

  room(): Promise<void> {
    if (this.hasRoom || this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @param tell when the other side has read everything sent so far */
  onArrival(tell: () => void): void {
    this.#arrivals.push({ upTo: this.#sent, tell });
    this.#mark();
  }

  close(): void {
    this.#onRoom = undefined;
    this.#arrivals.length = 0;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #mark(): void {
    if (this.#window === Number.POSITIVE_INFINITY || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#marked = this.#sent;
    this.#socket.ping(String(this.#sent));
  }

  #marksBack(mark: Buffer): void {
    const offset = Number(mark.toString("latin1"));
    // Answers to other pings, and what was never asked, are no marks.
    if (mark.length === 0 || !Number.isSafeInteger(offset) || offset < this.#arrived || offset > this.#marked) return;
    this.#arrived = offset;
    while ((this.#arrivals[0]?.upTo ?? Number.POSITIVE_INFINITY) <= this.#arrived) this.#arrivals.shift()?.tell();
    this.#wake();
  }

  #taken(): void {
    if (!this.#full || this.#socket.bufferedAmount > LOW) return;
    this.#full = false;
    this.#wake();
  }

  #wake(): void {
    if (!this.hasRoom) return;
    for (const wake of this.#waiting.splice(0)) wake();
    this.#onRoom?.();
  }
}
