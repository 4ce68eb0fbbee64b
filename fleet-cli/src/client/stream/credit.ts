// Flow control by credit (D4, lossless mode): the host is told what was really consumed, not what arrived.
import type { Want } from "@fleetwire/shared/wire";
import type { StreamEvent } from "./types.ts";

/** Told at the latest after so many bytes, and whenever the reader has caught up: no window is too small for that. */
const STEP = 32 * 1024;

export class Credit {
  readonly #ack: ((offset: number) => void) | undefined;
  #consumed = 0;
  #told = 0;

  constructor(want: Want, ack: (offset: number) => void) {
    const counts = want.kind === "log" || (want.kind === "attach" && want.mode === "lossless");
    this.#ack = counts ? ack : undefined;
  }

  /** @param idle nothing else waits for the reader */
  consumed(event: StreamEvent, idle: boolean): void {
    if (this.#ack === undefined) return;
    if (event.kind === "output") this.#consumed = event.offset + event.bytes.length;
    else if (event.kind === "snapshot") this.#consumed = event.header.offset;
    else if (event.kind === "gap") this.#consumed = event.to;
    if (this.#consumed - this.#told < STEP && !(idle && this.#consumed !== this.#told)) return;
    this.#told = this.#consumed;
    this.#ack(this.#consumed);
  }
}
