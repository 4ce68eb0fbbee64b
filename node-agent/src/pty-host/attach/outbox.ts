// What goes out on one connection, bounded (D4): a sender asks for room before it sends, and is told when there is some.
import type { WebSocket } from "ws";
import { encodeFrame, MAX_PAYLOAD, type FrameKind } from "@fleetwire/shared/wire";

/** Bytes given to the socket and not yet taken by the kernel. More than this: no room. */
const HIGH = 512 * 1024;
/** Once full, there is room again below this. */
const LOW = 128 * 1024;

export class Outbox {
  readonly #socket: WebSocket;
  #onRoom: (() => void) | undefined;
  #full = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get hasRoom(): boolean {
    return !this.#full && this.#socket.readyState === this.#socket.OPEN;
  }

  /** @param listener when there is room after there was none */
  onRoom(listener: () => void): void {
    this.#onRoom = listener;
  }

  /** @param bytes at most MAX_PAYLOAD */
  send(kind: FrameKind, offset: number, bytes: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(encodeFrame(kind, offset, bytes), () => this.#sent());
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
    if (!this.#full) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#onRoom = undefined;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  readonly #waiting: (() => void)[] = [];

  #sent(): void {
    if (!this.#full || this.#socket.bufferedAmount > LOW) return;
    this.#full = false;
    for (const wake of this.#waiting.splice(0)) wake();
    this.#onRoom?.();
  }
}
