// A session's log as a recording: its bytes, cut where the marks say that time went on.
import type { SessionRecord, Size } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { StreamEvent, TerminalStream } from "../client/stream/index.ts";
import { Timeline } from "./timeline.ts";
import type { RecordedEvent, Recording } from "./types.ts";

export type Gap = Extract<StreamEvent, { kind: "gap" }>;

export interface RecordOptions {
  /** Output that is not there any more. */
  readonly onGap: (gap: Gap) => void;
  readonly exitCode: (session: SessionRecord) => number;
}

/**
 * @param stream of a log with `timing`
 * @throws FleetError `version-skew` when the session's host tells no times
 */
export async function recordSession(stream: TerminalStream, options: RecordOptions): Promise<Recording> {
  const { session } = stream;
  const timeline = new Timeline();
  const events = stream[Symbol.asyncIterator]();
  // The first byte says when the recording begins: what was before it is only the size.
  let first = await events.next();
  for (; first.done !== true && first.value.kind !== "output" && first.value.kind !== "end"; first = await events.next()) {
    if (first.value.kind === "timing") timeline.add(first.value.marks);
    if (first.value.kind === "gap") options.onGap(first.value);
  }
  const offset = first.value?.kind === "output" ? first.value.offset : Number.POSITIVE_INFINITY;
  const begin = timeline.begin(offset);
  if (begin === undefined) throw new FleetError("version-skew", `the host of ${session.target} doesn't tell when what was printed`, { hint: "it is older than this 'fleet'; sessions started after an upgrade of that node can be recorded" });
  return {
    size: begin.size,
    startedMs: begin.ms,
    title: session.name ?? session.command.join(" "),
    command: session.command.join(" "),
    events: recorded(events, first.value, timeline, begin, session, options),
  };
}

async function* recorded(events: AsyncIterator<StreamEvent, undefined>, first: StreamEvent | undefined, timeline: Timeline, begin: { readonly ms: number; readonly size: Size }, session: SessionRecord, options: RecordOptions): AsyncGenerator<RecordedEvent> {
  let atMs = 0;
  let { size } = begin;
  const at = (ms: number) => (atMs = Math.max(atMs, ms - begin.ms));
  const resized = function* (sizes: Iterable<{ readonly ms: number; readonly size?: Size }>): Generator<RecordedEvent> {
    for (const change of sizes) {
      if (change.size === undefined || (change.size.cols === size.cols && change.size.rows === size.rows)) continue;
      size = change.size;
      yield { kind: "size", atMs: at(change.ms), size };
    }
  };
  for (let event = first; event !== undefined; event = (await events.next()).value) {
    if (event.kind === "timing") timeline.add(event.marks);
    else if (event.kind === "gap") options.onGap(event);
    else if (event.kind === "output") {
      for (let done = 0; done < event.bytes.length; ) {
        const { passed, end } = timeline.to(event.offset + done);
        yield* resized(passed);
        const bytes = event.bytes.subarray(done, end - event.offset);
        yield { kind: "output", atMs: at(timeline.ms), bytes };
        done += bytes.length;
      }
    } else if (event.kind === "end") yield* resized(timeline.rest(event.offset));
  }
  if (session.endedAt === null) return;
  yield { kind: "exit", atMs: at(Date.parse(session.endedAt)), code: options.exitCode(session) };
}
