// Long lists come in pages. Who says that several may be under way at once learns with the first page where the others end.
import * as z from "zod/mini";

/** A place in a list: `after` it a page begins, `until` it (and with it) a page may go. */
export const PAGE_INPUT = {
  after: z.optional(z.string()),
  until: z.optional(z.string()),
  /** Also say where the further pages end. */
  cuts: z.optional(z.boolean()),
};

export const PAGE_OUTPUT = {
  /** The place that each page but the last ends with, this one's first. A page may have become longer than a message by the time it is asked for: then it has `more`. */
  cuts: z.optional(z.array(z.string())),
};
