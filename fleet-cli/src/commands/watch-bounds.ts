// When watching is over before the sessions are: something was printed, or enough was.
import { stripEscapes } from "@fleetwire/shared/plain";
import { Lines } from "../text/index.ts";

export interface Stopped {
  readonly reason: "until" | "max-bytes";
  readonly target: string;
  /** The line that matched, or nothing. */
  readonly text: string;
}

export class WatchBounds {
  readonly #until: RegExp | undefined;
  #left: number;
  readonly #stop: () => void;
  readonly #lines = new Map<string, Lines>();
  stopped: Stopped | undefined;

  /** @param maxBytes of all sessions together @param stop called once, when it is over */
  constructor({ until, maxBytes }: { readonly until?: RegExp; readonly maxBytes?: number }, stop: () => void) {
    this.#until = until;
    this.#left = maxBytes ?? Number.POSITIVE_INFINITY;
    this.#stop = stop;
  }

  /** @returns as much of the output as is still shown: to the end of the line that matches */
  take(target: string, bytes: Buffer): Buffer {
    if (this.stopped !== undefined) return bytes.subarray(0, 0);
    const taken = this.#upToMatch(target, bytes.subarray(0, Math.min(bytes.length, this.#left)));
    this.#left -= taken.length;
    if (this.stopped === undefined && this.#left === 0) this.#over({ reason: "max-bytes", target, text: "" });
    return taken;
  }

  #upToMatch(target: string, bytes: Buffer): Buffer {
    const until = this.#until;
    if (until === undefined) return bytes;
    const lines = this.#lines.get(target) ?? new Lines();
    this.#lines.set(target, lines);
    for (let from = 0; from < bytes.length; ) {
      const feed = bytes.indexOf("\n", from);
      const to = feed < 0 ? bytes.length : feed + 1;
      // A prompt has no end of line.
      const line = [...lines.feed(bytes.subarray(from, to)), lines.unfinished].map(stripEscapes).find((each) => until.test(each));
      if (line !== undefined) {
        this.#over({ reason: "until", target, text: line });
        return bytes.subarray(0, to);
      }
      from = to;
    }
    return bytes;
  }

  #over(stopped: Stopped): void {
    this.stopped = stopped;
    this.#stop();
  }
}
