import { FleetError } from "@fleetwire/shared/errors";
import { checkGrant } from "./grant.ts";
import { Stream } from "./stream.ts";
import { TIMING, type Timing } from "./timing.ts";
import type { StreamOptions, TerminalStream } from "./types.ts";

/**
 * Opens the terminal WebSocket of a session at the first address that works and proves to be the ticket's host.
 * @throws FleetError `bad-ticket`, `bad-signature`, `insecure-url`, `host-unreachable`, `node-has-no-url`, `cancelled`, or what the host says
 */
export async function openStream(options: StreamOptions, timing: Partial<Timing> = {}): Promise<TerminalStream> {
  if (options.signal?.aborted === true) throw new FleetError("cancelled", "the attach was cancelled");
  const stream = new Stream(options, checkGrant(options, options.nodeKey), { ...TIMING, ...timing });
  await stream.open();
  return stream;
}
