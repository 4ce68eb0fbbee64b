// Bytes of a session on their way to stdout: as they are for a pipe, harmless for a terminal, plain on request.
import { OutputNeutraliser } from "@fleetwire/shared/plain";
import type { Output } from "../ui/index.ts";

export interface LogFilter {
  feed(bytes: Buffer): Buffer;
}

export function logFilter(output: Output, plain: boolean): LogFilter {
  if (plain) return new OutputNeutraliser({ strip: true });
  return output.isTerminal ? new OutputNeutraliser({ strip: false }) : { feed: (bytes) => bytes };
}

export const GAP_REASON = { rotated: "were rotated out of the log", skipped: "were skipped", disk: "could not be kept: the disk was full" } as const;
