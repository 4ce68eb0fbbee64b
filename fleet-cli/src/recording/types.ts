import type { Size } from "@fleetwire/shared/domain";

/** What happened in a recording, in order. `atMs`: since its beginning; never less than of what came before. */
export type RecordedEvent =
  | { readonly kind: "output"; readonly atMs: number; readonly bytes: Buffer }
  | { readonly kind: "size"; readonly atMs: number; readonly size: Size }
  /** The program ended with this code. The last event. */
  | { readonly kind: "exit"; readonly atMs: number; readonly code: number };

/** A recording that is played or written while it is read: nothing of it is kept. */
export interface Recording {
  /** The terminal's size at the beginning. */
  readonly size: Size;
  /** When it began, milliseconds since 1970. */
  readonly startedMs?: number;
  readonly title?: string;
  readonly command?: string;
  /** Whoever made it wants no pause to be played for longer than this. */
  readonly maxIdleMs?: number;
  readonly events: AsyncIterable<RecordedEvent>;
}
