import { StringDecoder } from "node:string_decoder";

/** Longest line that is held back; a longer one comes in pieces. */
const MAX_LINE = 64 * 1024;

/** Bytes to whole lines, without their ends; characters that were cut between two pieces stay whole. */
export class Lines {
  readonly #decoder = new StringDecoder("utf8");
  #held = "";

  feed(bytes: Buffer): string[] {
    const lines = (this.#held + this.#decoder.write(bytes)).split("\n");
    this.#held = lines.pop() ?? "";
    if (this.#held.length > MAX_LINE) {
      lines.push(this.#held);
      this.#held = "";
    }
    return lines.map((line) => line.replace(/\r+$/, ""));
  }

  /** The line that has no end yet. */
  get unfinished(): string {
    return this.#held;
  }

  end(): string[] {
    const last = this.#held + this.#decoder.end();
    this.#held = "";
    return last === "" ? [] : [last.replace(/\r+$/, "")];
  }
}
