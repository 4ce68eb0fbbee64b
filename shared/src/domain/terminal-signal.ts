// What a program says to its terminal that is worth telling where nobody looks at it.
import * as z from "zod/mini";
import { SessionId } from "../ids/index.ts";
import type { SessionRecord } from "./session.ts";

export const SIGNAL_KINDS = ["title", "bell", "notification", "prompt", "directory", "progress"] as const;

/**
 * `title`: its text. `notification`: title and text. `prompt`: OSC 133's A (a prompt begins), B (it ends, input begins), C (a
 * command runs), D (it ended, `code` its exit). `directory`: the path. `progress`: none, normal, error, unknown or paused,
 * `code` per cent. Texts are the program's: without control characters, at most 256 characters.
 */
export const TerminalSignal = z.object({
  kind: z.enum(SIGNAL_KINDS),
  text: z.optional(z.string()),
  code: z.optional(z.int()),
  /** Offset in the session's output after it. */
  offset: z.number(),
  /** Milliseconds since 1970. */
  at: z.number(),
});
export type TerminalSignal = z.infer<typeof TerminalSignal>;

/** The same as others hear it. */
export const SessionSignal = z.extend(TerminalSignal, { session: SessionId });
export type SessionSignal = z.infer<typeof SessionSignal>;

/** A session's record after it. */
export function withSignal(record: SessionRecord, { kind, text = "", at }: TerminalSignal): SessionRecord {
  const when = new Date(at).toISOString();
  switch (kind) {
    case "title":
      return { ...record, title: text };
    case "notification":
      return { ...record, notification: { text, at: when } };
    case "bell":
      return { ...record, lastBellAt: when };
    case "prompt":
    case "directory":
    case "progress":
      return record;
  }
}
