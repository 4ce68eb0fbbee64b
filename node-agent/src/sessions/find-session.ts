import { FleetError } from "@fleetwire/shared/errors";
import type { SessionRef } from "@fleetwire/shared/ids";
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";

/** A caller that may only touch what it launched names itself here. */
export interface Only {
  readonly launchedBy: string;
}

/** @throws FleetError `unknown-session`; `denied` when it is somebody else's and `only` is given */
export function findSession(core: Core, ref: SessionRef, only?: Only): SessionRow {
  const row = "id" in ref ? core.store.sessions.get(ref.id) : core.store.sessions.byName(ref.name);
  if (row === undefined) throw new FleetError("unknown-session", `no session '${"id" in ref ? ref.id : ref.name}' on ${core.node.name()}`);
  if (only !== undefined && row.launched_by !== only.launchedBy) throw new FleetError("denied", `session ${row.id} was launched by somebody else`);
  return row;
}
