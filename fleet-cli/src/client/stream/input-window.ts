// Input on its way (D3): bytes stay here until the host acknowledges them, so that after a cut exactly the missing ones go again.
import { MAX_PAYLOAD } from "@fleetwire/shared/wire";

/** Sent and not acknowledged, at most; what overtakes waits for no more than this on a slow line (D8). */
const IN_FLIGHT = 64 * 1024;
/** A writer waits while more than this is kept. */
const FULL = 256 * 1024;

export class InputWindow {
  /** Bytes from `#acked` on. */
  readonly #chunks: Uint8Array[] = [];
  #acked = 0;
  #sent = 0;
  #end = 0;

  get pending(): number {
    return this.#end - this.#acked;
  }

  get full(): boolean {
    return this.pending > FULL;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#end += bytes.length;
  }

  /** The next piece to send, or undefined while there is none or enough is on its way. */
  take(): { offset: number; bytes: Uint8Array } | undefined {
    const room = Math.min(MAX_PAYLOAD, IN_FLIGHT - (this.#sent - this.#acked));
    if (room <= 0 || this.#sent >= this.#end) return undefined;
    let at = this.#acked;
    for (const chunk of this.#chunks) {
      if (this.#sent < at + chunk.length) {
        const offset = this.#sent;
        const bytes = chunk.subarray(offset - at, Math.min(chunk.length, offset - at + room));
        this.#sent += bytes.length;
        return { offset, bytes };
      }
      at += chunk.length;
    }
    return undefined;
  }

  /** The host has everything before `offset`. An offset that was never sent is not believed. */
  ack(offset: number): void {
    let drop = Math.min(offset, this.#sent) - this.#acked;
    while (drop > 0) {
      const first = this.#chunks[0];
      if (first === undefined) return;
      const step = Math.min(drop, first.length);
      if (step === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(step);
      this.#acked += step;
      drop -= step;
    }
  }

  /** Resumed: the host wants what comes from `offset` on. */
  resume(offset: number): void {
    this.ack(offset);
    this.#sent = this.#acked;
  }

  /**
   * A new attach counts from 0, and nobody knows which of the bytes on their way were typed: those are dropped, never
   * typed twice. @param all also drop what was never sent. @returns bytes that were on their way
   */
  restart(all: boolean): number {
    const unsure = this.#sent - this.#acked;
    this.ack(this.#sent);
    if (all) this.#chunks.length = 0;
    this.#end = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#acked = 0;
    this.#sent = 0;
    return unsure;
  }

  /** Forgets what was not sent. @returns how many bytes */
  discard(): number {
    const dropped = this.#end - this.#sent;
    let keep = this.#sent - this.#acked;
    const kept: Uint8Array[] = [];
    for (const chunk of this.#chunks) {
      if (keep <= 0) break;
      kept.push(chunk.subarray(0, keep));
      keep -= chunk.length;
    }
    this.#chunks.splice(0, this.#chunks.length, ...kept);
    this.#end = this.#sent;
    return dropped;
  }
}
