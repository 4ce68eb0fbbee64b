// A bounded piece of a session's output for whoever asks by the agent instead of connecting.
import type { HostInput, HostOutput, OutputGap } from "@fleetwire/shared/control";
import type { OutputStore } from "../output/output-store.ts";
import type { Session } from "../session/session.ts";
import { startOffset } from "./start-offset.ts";

export async function readOutput(session: Session, { start, most, waitMs }: Pick<HostInput<"read">, "start" | "most" | "waitMs">): Promise<HostOutput<"read">> {
  const { output } = session;
  const asked = await startOffset(session, start);
  if (asked >= output.end && waitMs > 0) await moreThan(output, asked, waitMs);
  const pieces: Buffer[] = [];
  let gap: OutputGap | null = null;
  let from = Math.max(asked, output.start);
  if (from > asked) gap = { from: asked, to: from, reason: output.log.startReason };
  let at = from;
  while (at - from < most) {
    const part = await output.read(at, most - (at - from));
    if (part === undefined) break;
    if (part.offset > at) {
      // A hole ends a piece; the next one begins with saying so.
      if (pieces.length > 0) break;
      gap = { from: gap?.from ?? at, to: part.offset, reason: gap?.reason ?? part.missing ?? "disk" };
      from = part.offset;
    }
    // Memory may hand out what it reuses.
    pieces.push(Buffer.from(part.bytes));
    at = part.offset + part.bytes.length;
  }
  return { from, data: Buffer.concat(pieces).toString("base64"), gap, log: { start: output.start, end: output.end }, ended: output.ended };
}

function moreThan(output: OutputStore, offset: number, waitMs: number): Promise<void> {
  if (output.ended) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    const stop = output.onAppend(() => (output.end > offset || output.ended) && done());
  });
}
