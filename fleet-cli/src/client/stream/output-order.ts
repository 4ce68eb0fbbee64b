// Host messages to events: every byte once and in order, snapshots whole.
import { FleetError } from "@fleetwire/shared/errors";
import { FRAME, type Frame, type HostMessage } from "@fleetwire/shared/wire";
import type { SnapshotHeader, StreamEvent } from "./types.ts";

/** A rendering larger than this is not one. */
const MAX_SNAPSHOT = 256 * 1024 * 1024;

export class OutputOrder {
  readonly #emit: (event: StreamEvent) => void;
  #next: number | undefined;
  #snapshot: { header: SnapshotHeader; parts: Buffer[]; missing: number } | undefined;

  constructor(emit: (event: StreamEvent) => void) {
    this.#emit = emit;
  }

  /** The next output offset wanted; undefined before anything came. */
  get next(): number | undefined {
    return this.#next;
  }

  /** A new connection: half a snapshot of the old one is worth nothing. */
  reset(): void {
    this.#snapshot = undefined;
  }

  frame({ kind, offset, bytes }: Frame): void {
    if (kind === FRAME.snapshot) this.#collect(bytes);
    else if (kind === FRAME.output) this.#output(offset, bytes);
  }

  /** @throws FleetError `version-skew` for a snapshot of an impossible size */
  message(message: HostMessage): void {
    switch (message.type) {
      case "snapshot":
        if (message.bytes < 0 || message.bytes > MAX_SNAPSHOT) throw new FleetError("version-skew", "the session's host announced an impossible snapshot");
        this.#snapshot = { header: message, parts: [], missing: message.bytes };
        this.#collect(Buffer.alloc(0));
        return;
      case "size":
        return this.#emit({ kind: "size", size: { cols: message.cols, rows: message.rows }, mine: message.mine });
      case "gap":
        return this.#gap(message.from, message.to, message.reason);
      case "timing":
        return this.#emit({ kind: "timing", marks: message.marks });
      case "exit":
        return this.#emit({ kind: "exit", state: message.state, exit: message.exit, offset: message.offset });
      case "end":
        return this.#emit({ kind: "end", offset: message.offset });
      case "challenge":
      case "welcome":
      case "input-ack":
      case "error":
    }
  }

  #output(offset: number, bytes: Buffer): void {
    const next = this.#next ?? offset;
    const seen = next - offset;
    if (seen >= bytes.length) return;
    // A hole that nobody announced is still told.
    if (seen < 0) this.#gap(next, offset, "skipped");
    const fresh = seen > 0 ? bytes.subarray(seen) : bytes;
    this.#next = offset + bytes.length;
    this.#emit({ kind: "output", offset: this.#next - fresh.length, bytes: fresh });
  }

  #gap(from: number, to: number, reason: "rotated" | "skipped" | "disk"): void {
    const start = Math.max(from, this.#next ?? from);
    if (to <= start) return;
    this.#next = to;
    this.#emit({ kind: "gap", from: start, to, reason });
  }

  #collect(bytes: Buffer): void {
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return;
    if (bytes.length > 0) snapshot.parts.push(bytes);
    snapshot.missing -= bytes.length;
    if (snapshot.missing > 0) return;
    this.#snapshot = undefined;
    this.#next = snapshot.header.offset;
    this.#emit({ kind: "snapshot", header: snapshot.header, bytes: Buffer.concat(snapshot.parts) });
  }
}
