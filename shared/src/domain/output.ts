import * as z from "zod/mini";

const Offset = z.number().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER));

/** Where reading of a session's output starts: an offset, its last lines or bytes, a time (milliseconds since 1970), or what the log still has first. */
export const OutputStart = z.union([
  z.object({ offset: Offset }),
  z.object({ tailLines: z.int().check(z.gte(0), z.lte(10_000_000)) }),
  z.object({ tailBytes: z.int().check(z.gte(0)) }),
  z.object({ sinceMs: z.number() }),
  z.object({ beginning: z.literal(true) }),
]);
export type OutputStart = z.infer<typeof OutputStart>;

/** Output [from, to) is not there any more: `rotated` out of the log, or the `disk` could not keep it. */
export const OutputGap = z.object({ from: z.number(), to: z.number(), reason: z.enum(["rotated", "disk"]) });
export type OutputGap = z.infer<typeof OutputGap>;
