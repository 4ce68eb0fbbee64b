// What an agent in a session does, said by itself or by whoever runs it.
import { sessionReport, type OutputOf, type RawInputOf } from "@fleetwire/shared/bus";
import type { CallOptions, FleetClient, SessionAddress } from "../types.ts";

export interface StateReport extends Omit<RawInputOf<typeof sessionReport>, "session"> {
  /** Microseconds since 1970 by this machine's clock when it was so: the later of two reports counts, in whatever order they arrive. */
  readonly seq: number;
}

/** @param address without a session: on a session's own socket, that one */
export function reportState(client: Pick<FleetClient, "call">, { place, session }: Pick<SessionAddress, "place"> & Partial<Pick<SessionAddress, "session">>, { seq, ...report }: StateReport, options: CallOptions = {}): Promise<OutputOf<typeof sessionReport>> {
  // Another machine's clock is not this one's: there the node says when it was.
  return client.call(sessionReport, { ...report, ...(place.kind === "local" ? { seq } : {}), session }, place, options);
}
