// A reader of a session's log: bytes from a start on, to the end of what is there or, following, to the end of the session.
import type { ClientMessage, HostMessage, LogStart, Want } from "@fleetwire/shared/wire";
import type { OutputStore } from "../output/output-store.ts";
import type { Session } from "../session/session.ts";
import { Cursor } from "./cursor.ts";
import type { Outbox } from "./outbox.ts";

const BACKWARDS = 64 * 1024;
const NEWLINE = 0x0a;

export interface LogViewDeps {
  readonly session: Session;
  readonly want: Extract<Want, { kind: "log" }>;
  readonly outbox: Outbox;
  readonly say: (message: HostMessage) => void;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

export class LogView {
  readonly #deps: LogViewDeps;
  #cursor: Cursor | undefined;
  #closed = false;

  constructor(deps: LogViewDeps) {
    this.#deps = deps;
    void this.#begin().catch(deps.fail);
  }

  /** `detach` ends it; a log reader has nothing else to say. */
  message(message: ClientMessage): void {
    if (message.type === "detach") this.#deps.done();
  }

  close(): void {
    this.#closed = true;
    this.#cursor?.close();
    this.#deps.outbox.close();
  }

  async #begin(): Promise<void> {
    const { session, want, outbox, say } = this.#deps;
    const { output } = session;
    const from = await startOffset(session, want.start);
    if (this.#closed) return;
    this.#cursor = new Cursor({
      output,
      ...(want.follow ? {} : { until: output.end }),
      outbox,
      from: Math.max(from, output.start),
      mayGo: () => true,
      onGap: (gap) => say({ type: "gap", ...gap }),
      onEnd: () => this.#atEnd(),
    });
    if (from < output.start) say({ type: "gap", from, to: output.start, reason: "rotated" });
    outbox.onRoom(() => this.#cursor?.pump());
    this.#cursor.pump();
  }

  #atEnd(): void {
    const { session, say, done, want } = this.#deps;
    if (want.follow) say({ type: "exit", state: session.state, exit: session.exit, offset: session.output.end });
    say({ type: "end", offset: this.#cursor?.offset ?? 0 });
    done();
  }
}

async function startOffset(session: Session, start: LogStart): Promise<number> {
  if ("offset" in start) return Math.min(start.offset, session.output.end);
  if ("sinceMs" in start) return (await session.timing.offsetAt(start.sinceMs)) ?? session.output.end;
  if ("tailLines" in start) return lastLines(session, start.tailLines);
  return session.output.start;
}

/** Offset at which the last `lines` lines begin; an unfinished last line counts as one. */
async function lastLines({ output }: Session, lines: number): Promise<number> {
  const end = output.end;
  let left = lines;
  let isLastByte = true;
  for (let upper = end; upper > output.start; ) {
    const lower = Math.max(output.start, upper - BACKWARDS);
    const bytes = await exactly(output, lower, upper);
    for (let at = bytes.length - 1; at >= 0; at--) {
      const isEnd = bytes[at] === NEWLINE;
      if (isEnd && !isLastByte && --left <= 0) return lower + at + 1;
      if (isLastByte && lines === 0) return end;
      isLastByte = false;
    }
    upper = lower;
  }
  return lines === 0 ? end : output.start;
}

/** Bytes [from, to); what is missing reads as zeros, which are no newlines. */
async function exactly(output: OutputStore, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from);
  for (let at = from; at < to; ) {
    const part = await output.read(at, to - at);
    if (part === undefined || part.offset >= to) break;
    part.bytes.copy(bytes, part.offset - from);
    at = part.offset + part.bytes.length;
  }
  return bytes;
}
