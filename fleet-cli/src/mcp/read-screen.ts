import { FleetError } from "@fleetwire/shared/errors";
import type { SnapshotHeader } from "../client/stream/index.ts";
import type { AllowedFleet, Found } from "./allowed-fleet.ts";
import { plain } from "./untrusted.ts";

/** A session's screen as plain text, with lines above it. @throws FleetError */
export async function readScreen(fleet: AllowedFleet, { place, ref }: Found, { scrollback, signal }: { readonly scrollback: number; readonly signal: AbortSignal }): Promise<{ readonly header: SnapshotHeader; readonly text: string }> {
  await using stream = await fleet.openStream({ place, session: ref }, { want: { kind: "screen", format: "text", scrollback }, scope: "read", signal });
  for await (const event of stream) {
    if (event.kind === "snapshot") return { header: event.header, text: plain(event.bytes.toString("utf8")).replace(/\s+$/, "") };
  }
  throw new FleetError(signal.aborted ? "cancelled" : "connection-lost", "the screen did not come");
}
