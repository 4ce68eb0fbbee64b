import type { OutputStart } from "@fleetwire/shared/control";
import type { Session } from "../session/session.ts";
import { lastLines } from "./last-lines.ts";

/** Where in a session's output that is; it may be before what the log still has, and is never after its end. */
export async function startOffset({ output, timing }: Session, start: OutputStart): Promise<number> {
  if ("offset" in start) return Math.min(start.offset, output.end);
  if ("sinceMs" in start) return (await timing.offsetAt(start.sinceMs)) ?? output.end;
  if ("tailLines" in start) return lastLines(output, start.tailLines);
  if ("tailBytes" in start) return Math.max(output.start, output.end - start.tailBytes);
  return output.start;
}
