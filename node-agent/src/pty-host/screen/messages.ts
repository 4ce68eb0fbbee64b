// Between the host and its screen worker. Plain objects over a MessagePort of the same process: no parsing.
import type { Size } from "@fleetwire/shared/control";
import type { Look } from "../terminal/questions.ts";
import type { PageWish } from "./draw-page.ts";
import type { Format, Snapshot } from "./emulator.ts";

/** From this offset on the terminal had this size. */
export interface SizedFrom {
  readonly offset: number;
  readonly size: Size;
}

/** Bring a picture up to an offset, and perhaps draw it. */
export interface DrawRequest {
  readonly n: number;
  /** The session, and which life of it. */
  readonly key: string;
  /** The log's directory: what isn't in `tail` is read from its segments. */
  readonly directory: string;
  /** Where this life's output begins. */
  readonly start: number;
  /** The picture is of everything before this offset. */
  readonly upTo: number;
  /** Newest bytes, from memory. */
  readonly tail: { readonly offset: number; readonly bytes: Uint8Array };
  readonly sizes: readonly SizedFrom[];
  /** Absent: only catch up. `withinMs`: an older picture is welcome when this one takes longer. */
  readonly draw?: { readonly format: Format; readonly scrollback: number; readonly join?: boolean; readonly page?: PageWish; readonly withinMs?: number };
  /** Say what stands at each of these offsets, rising; the last is `upTo`. */
  readonly looks?: readonly number[];
  /** The session has ended: its last picture goes into its directory. */
  readonly keep?: boolean;
}

export interface ForgetRequest {
  readonly forget: string;
}

export type WorkerRequest = DrawRequest | ForgetRequest;

export interface DrawAnswer {
  readonly n: number;
  /** The picture's offset: everything before it is drawn. */
  readonly offset: number;
  /** Everything before this offset has been read. */
  readonly reached: number;
  /** First byte that is still needed: what is before it may leave the log. */
  readonly wants: number;
  readonly picture?: Snapshot;
  readonly looks?: readonly Look[];
  readonly error?: string;
}
