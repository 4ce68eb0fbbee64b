// A session that is run like a program.
import type { SessionRecord } from "@fleetwire/shared/domain";
import type { LaunchOptions } from "./launch.ts";

export interface RunOptions extends LaunchOptions {
  /** Given the output piece by piece; the next one comes when its promise resolves. Without it the output is kept and answered. */
  readonly onOutput?: (bytes: Buffer) => void | Promise<void>;
  /** Bytes of output that are kept, the last ones. Default 16 MiB. */
  readonly maxOutputBytes?: number;
}

export interface Ran {
  readonly session: SessionRecord;
  /** What a shell would give: its exit code, or 128 and the signal's number. */
  readonly exitCode: number;
  /** What its terminal got (lines end with CR LF); empty with `onOutput`. */
  readonly output: Buffer;
  /** Bytes that are missing in front of `output` or within it. */
  readonly lostBytes: number;
}

const KEPT_BYTES = 16 * 1024 * 1024;

/** The end of what came. */
export class Tail {
  readonly #most: number;
  readonly #pieces: Buffer[] = [];
  #size = 0;
  lost = 0;

  constructor(most = KEPT_BYTES) {
    this.#most = most;
  }

  push(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    for (let over = this.#size - this.#most; over > 0; over = this.#size - this.#most) {
      const first = this.#pieces[0] as Buffer;
      const cut = Math.min(over, first.length);
      if (cut === first.length) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(cut);
      this.#size -= cut;
      this.lost += cut;
    }
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}
