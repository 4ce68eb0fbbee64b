import type { AttachAnswer } from "@fleetwire/shared/bus";
import type { SessionExit, SessionRecord, SessionState, Size } from "@fleetwire/shared/domain";
import type { HostMessage, KeyPair, TimeMark, Want } from "@fleetwire/shared/wire";

export type SnapshotHeader = Extract<HostMessage, { type: "snapshot" }>;
export type SizePolicy = "latest" | "largest" | "smallest" | "manual";

/** What a stream tells its reader, in order. Taking the next event says that the one before was consumed. */
export type StreamEvent =
  /** Bytes of the session's output; `offset` is the position of the first. Never twice, never out of order. */
  | { readonly kind: "output"; readonly offset: number; readonly bytes: Buffer }
  /** A rendering of everything before `header.offset`; `header.replaces` says what may be cleared for it. */
  | { readonly kind: "snapshot"; readonly header: SnapshotHeader; readonly bytes: Buffer }
  | { readonly kind: "size"; readonly size: Size; readonly mine: boolean }
  /** Output [from, to) will not come. */
  | { readonly kind: "gap"; readonly from: number; readonly to: number; readonly reason: "rotated" | "skipped" | "disk" }
  /** When what comes after was printed; only of a log that was asked for with `timing`. After a cut marks may come again. */
  | { readonly kind: "timing"; readonly marks: readonly TimeMark[] }
  /** The session has ended and its last byte was delivered. The last event of an attach. */
  | { readonly kind: "exit"; readonly state: SessionState; readonly exit: SessionExit | null; readonly offset: number }
  /** The last event of a log. */
  | { readonly kind: "end"; readonly offset: number }
  /**
   * `lost`: the connection was cut; the stream goes on trying. `resumed`: it goes on where it was; `unsure` is the number
   * of input bytes of which nobody knows whether they were typed (0 unless a new ticket was needed); they aren't repeated.
   */
  | { readonly kind: "connection"; readonly state: "lost" }
  | { readonly kind: "connection"; readonly state: "resumed"; readonly unsure: number };

/** For people who wait: told at once, not in the order of the events. `attempt` counts from 1 since the cut. */
export type StreamStatus = { readonly state: "connected"; readonly address: string; readonly way: Way } | { readonly state: "lost"; readonly reason: string } | { readonly state: "retrying"; readonly attempt: number; readonly inMs: number; readonly reason: string };

/** How the session's node is reached: by a socket of this machine, by the node's own URL, or through the hub's relay. */
export type Way = "local" | "direct" | "relay";

export interface Grant {
  readonly answer: AttachAnswer;
  /** The key whose public half was named when the answer was asked for. */
  readonly clientKey: KeyPair;
}

export interface StreamOptions extends Grant {
  readonly want: Want;
  /** Public key of the node, when it is known from elsewhere: a ticket of any other node is refused. */
  readonly nodeKey?: string;
  /** Ends the stream, also while it connects. */
  readonly signal?: AbortSignal;
  /** A new ticket, for when the resume secret isn't taken any more. Without it such a cut ends the stream. */
  readonly renew?: () => Promise<Grant>;
  readonly onStatus?: (status: StreamStatus) => void;
  /** No more connections will be made; what was received can still be read. */
  readonly onOver?: () => void;
}

/**
 * One connection to a session, kept across cuts. Iterate it once. Iteration ends after `exit` (attach), `end` (log), the
 * snapshot (screen), detach or abort, and throws FleetError when the session can't be reached any more for good.
 */
export interface TerminalStream extends AsyncDisposable, AsyncIterable<StreamEvent> {
  readonly session: SessionRecord;
  readonly scope: "read" | "write";
  /** Input bytes that the host has not acknowledged, those not yet sent included. */
  readonly pendingInput: number;
  /** False between a cut and the resume. */
  readonly connected: boolean;
  /**
   * Types bytes into the session. Resolves when there is room for more (not when they were typed); bytes are kept until
   * the host acknowledges them, and typed once. The bytes are not copied.
   * @throws FleetError `read-only`; `connection-lost` once the stream has ended
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Forgets input that waits here and was not sent. @returns how many bytes */
  discardInput(): number;
  /** My size; told again after every resume. */
  resize(size: Size): void;
  claim(): void;
  policy(policy: SizePolicy): void;
  /** Typed before anything that waits (D8). @throws FleetError `connection-lost` while there is no connection */
  keys(bytes: Uint8Array): void;
  /** @param signal without `SIG`, e.g. `TERM`. @throws FleetError `connection-lost` while there is no connection */
  signal(signal: string): void;
  /** @throws FleetError `connection-lost` while there is no connection */
  interrupt(): void;
  /** Asks for the whole screen again, e.g. because something else was drawn over it. */
  refresh(): void;
  /** Leaves: what was written before goes first. Resolves when the host has closed, at the latest after 60 ms. */
  detach(): Promise<void>;
}
