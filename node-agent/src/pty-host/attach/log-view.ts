// A reader of a session's log: bytes from a start on, to the end of what is there or, following, to the end of the session.
import type { ClientMessage, HostMessage, Want } from "@fleetwire/shared/wire";
import type { Session } from "../session/session.ts";
import { Cursor } from "./cursor.ts";
import { Marks } from "./marks.ts";
import type { Outbox } from "./outbox.ts";
import { startOffset } from "./start-offset.ts";

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
  #marks: Marks | undefined;
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
    const until = want.follow ? undefined : output.end;
    const marks = want.timing === true ? new Marks({ session, from: Math.max(from, output.start), until, say }) : undefined;
    await marks?.advance();
    if (this.#closed) return;
    this.#marks = marks;
    this.#cursor = new Cursor({
      output,
      ...(until === undefined ? {} : { until }),
      outbox,
      from: Math.max(from, output.start),
      mayGo: () => true,
      onGap: (gap) => say({ type: "gap", ...gap }),
      onEnd: () => void this.#atEnd().catch(this.#deps.fail),
      ...(marks === undefined ? {} : { beforeSend: () => this.#isMarked(marks), upTo: () => marks.told }),
    });
    if (from < output.start) say({ type: "gap", from, to: output.start, reason: output.log.startReason });
    outbox.onRoom(() => this.#cursor?.pump());
    this.#cursor.pump();
  }

  /** Marks come before the bytes they are about. @returns whether those of the next byte have come */
  #isMarked(marks: Marks): boolean {
    if ((this.#cursor?.offset ?? 0) < marks.told) return true;
    if (!marks.busy) marks.advance().then(() => this.#cursor?.pump(), this.#deps.fail);
    return false;
  }

  async #atEnd(): Promise<void> {
    const { session, say, done, want } = this.#deps;
    await this.#marks?.finish();
    if (this.#closed) return;
    if (want.follow) say({ type: "exit", state: session.state, exit: session.exit, offset: session.output.end });
    say({ type: "end", offset: this.#cursor?.offset ?? 0 });
    done();
  }
}
