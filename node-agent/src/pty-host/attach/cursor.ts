// A place in a session's output that moves as fast as its connection takes bytes: from memory while it keeps up, from the
// log when it doesn't, straight away when it is quiet.
import { FRAME, MAX_PAYLOAD } from "@fleetwire/shared/wire";
import type { OutputStore } from "../output/output-store.ts";
import type { Outbox } from "./outbox.ts";

export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly reason: "rotated" | "disk";
}

export interface CursorDeps {
  readonly output: OutputStore;
  /** Goes no further than this; default: as far as the session prints. */
  readonly until?: number;
  readonly outbox: Outbox;
  readonly from: number;
  /** Whether more may be sent now, apart from room. What makes it true again has to pump. */
  readonly mayGo: () => boolean;
  readonly onGap: (gap: Gap) => void;
  /** Everything there is was sent, and no more will come. Called once. */
  readonly onEnd: () => void;
  /** Before each piece; false: don't send it, something else happens. */
  readonly beforeSend?: () => boolean;
  /** False: not yet, it will be pumped again. */
  readonly mayEnd?: () => boolean;
  /** Asked after that: where the piece ends at the latest. */
  readonly upTo?: () => number;
}

export class Cursor {
  offset: number;
  readonly #deps: CursorDeps;
  readonly #unlisten: () => void;
  #reading = false;
  #scheduled = false;
  #closed = false;
  #ended = false;
  #sentAt = 0;

  constructor(deps: CursorDeps) {
    this.#deps = deps;
    this.offset = deps.from;
    this.#unlisten = deps.output.onAppend(() => this.#appended());
  }

  get #end(): number {
    return Math.min(this.#deps.until ?? Number.POSITIVE_INFINITY, this.#deps.output.end);
  }

  /** Bytes that may be sent from here. */
  get #most(): number {
    return Math.min(this.#end, this.#deps.upTo?.() ?? Number.POSITIVE_INFINITY) - this.offset;
  }

  /** Goes on from another place. */
  jump(offset: number): void {
    this.offset = offset;
  }

  /** Sends what can be sent. */
  pump(): void {
    const { output, outbox, mayGo, beforeSend } = this.#deps;
    while (!this.#closed && !this.#reading && outbox.hasRoom && mayGo()) {
      if (this.offset >= this.#end) return this.#atEnd();
      if (beforeSend?.() === false) return;
      const bytes = output.peek(this.offset, Math.min(MAX_PAYLOAD, this.#most));
      if (bytes === undefined) return void this.#pumpFromLog();
      this.#send(bytes);
    }
  }

  close(): void {
    this.#closed = true;
    this.#unlisten();
  }

  /** Quiet: at once. Under load: with whatever else came in this turn. */
  #appended(): void {
    // Whatever keeps it from going on pumps it when that is over.
    if (this.#scheduled || !this.#deps.outbox.hasRoom || !this.#deps.mayGo()) return;
    const now = performance.now();
    if (now - this.#sentAt > 1) {
      this.#sentAt = now;
      return this.pump();
    }
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#sentAt = performance.now();
      this.pump();
    });
  }

  async #pumpFromLog(): Promise<void> {
    this.#reading = true;
    const from = this.offset;
    try {
      const part = await this.#deps.output.read(from, Math.min(4 * MAX_PAYLOAD, this.#most));
      if (this.#closed || this.offset !== from) return;
      if (part === undefined) return this.jump(this.#end);
      if (part.offset > from) {
        this.#deps.onGap({ from, to: part.offset, reason: part.missing ?? "rotated" });
        this.jump(part.offset);
        // What holds here is asked anew.
        if (this.#deps.upTo !== undefined) return;
      }
      for (let at = 0; at < part.bytes.length && !this.#closed; at += MAX_PAYLOAD) this.#send(part.bytes.subarray(at, at + MAX_PAYLOAD));
    } finally {
      this.#reading = false;
      this.pump();
    }
  }

  #send(bytes: Buffer): void {
    this.#deps.outbox.send(FRAME.output, this.offset, bytes);
    this.offset += bytes.length;
  }

  #atEnd(): void {
    if (this.#ended || (this.#deps.until === undefined && !this.#deps.output.ended)) return;
    if (this.#deps.mayEnd?.() === false) return;
    this.#ended = true;
    this.#deps.onEnd();
  }
}
