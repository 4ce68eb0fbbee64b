// asciicast, versions 2 and 3: lines of JSON, a header and then events [seconds, code, text]. In version 2 the seconds count from
// the beginning, in version 3 from the event before. https://docs.asciinema.org/manual/asciicast/v2 and …/v3
import * as z from "zod/mini";

export const CAST_VERSIONS = ["2", "3"] as const;
export type CastVersion = (typeof CAST_VERSIONS)[number];

const Cells = z.int().check(z.gte(1), z.lte(65_535));
const Common = {
  timestamp: z.optional(z.number()),
  idle_time_limit: z.optional(z.nullable(z.number().check(z.gt(0)))),
  command: z.optional(z.nullable(z.string())),
  title: z.optional(z.nullable(z.string())),
};

export const CastHeader = z.discriminatedUnion("version", [
  z.object({ version: z.literal(2), width: Cells, height: Cells, ...Common }),
  z.object({ version: z.literal(3), term: z.object({ cols: Cells, rows: Cells }), ...Common }),
]);
export type CastHeader = z.infer<typeof CastHeader>;

/** Codes: `o` output, `r` size as COLSxROWS, `x` exit code; others (`i` input, `m` marker …) are passed over. */
export const CastEvent = z.tuple([z.number().check(z.gte(0)), z.string(), z.unknown()]);
