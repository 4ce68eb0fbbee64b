// A recording as the lines of an asciicast file, one event at a time.
import type { CastVersion } from "./cast-format.ts";
import type { RecordedEvent, Recording } from "./types.ts";

/** JSON leaves DEL and the C1 characters as they are, and a terminal would act upon them. */
const CONTROL = /[\u007f-\u009f]/g;

export class CastWriter {
  readonly #version: CastVersion;
  /** A character may be spread over several events; what is no UTF-8 becomes U+FFFD. */
  readonly #text = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Where the last event was written, whole milliseconds: intervals of whole ones don't drift. */
  #lastMs = 0;

  constructor(version: CastVersion) {
    this.#version = version;
  }

  header({ size, startedMs, title, command }: Omit<Recording, "events">): string {
    const about = { ...(startedMs === undefined ? {} : { timestamp: Math.floor(startedMs / 1000) }), ...(command === undefined ? {} : { command }), ...(title === undefined ? {} : { title }) };
    const { cols, rows } = size;
    return line(this.#version === "2" ? { version: 2, width: cols, height: rows, ...about } : { version: 3, term: { cols, rows }, ...about });
  }

  /** @returns no line, one, or (before the exit) two */
  event(event: RecordedEvent): string {
    switch (event.kind) {
      case "output":
        return this.#output(event.atMs, this.#text.decode(event.bytes, { stream: true }));
      case "size":
        return this.#line(event.atMs, "r", `${event.size.cols}x${event.size.rows}`);
      case "exit":
        return this.end(event.atMs) + (this.#version === "3" ? this.#line(event.atMs, "x", String(event.code)) : "");
    }
  }

  /** After the last event: half a character that will never be whole. */
  end(atMs = this.#lastMs): string {
    return this.#output(atMs, this.#text.decode());
  }

  #output(atMs: number, text: string): string {
    return text === "" ? "" : this.#line(atMs, "o", text);
  }

  #line(atMs: number, code: string, data: string): string {
    const ms = Math.max(Math.round(atMs), this.#lastMs);
    const given = this.#version === "2" ? ms : ms - this.#lastMs;
    this.#lastMs = ms;
    return line([given / 1000, code, data]);
  }
}

function line(value: unknown): string {
  return `${JSON.stringify(value).replace(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}
