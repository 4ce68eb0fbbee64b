// Whose mailbox a question is about, and whether the asker may.
import { FleetError } from "@fleetwire/shared/errors";
import type { SessionRef } from "@fleetwire/shared/ids";
import { hasEnded } from "@fleetwire/shared/domain";
import { PEOPLE, sessionMailbox, type SessionRow } from "../store/index.ts";
import type { Asker, MessagesDeps } from "./types.ts";

type Deps = Pick<MessagesDeps, "store" | "node">;

/** @throws FleetError `unknown-session` */
export function sessionRow({ store, node }: Deps, ref: SessionRef): SessionRow {
  const row = "id" in ref ? store.sessions.get(ref.id) : store.sessions.byName(ref.name);
  if (row === undefined) throw new FleetError("unknown-session", `no session '${"id" in ref ? ref.id : ref.name}' on ${node.name()}`);
  return row;
}

/** Where a message for it goes. @throws FleetError `unknown-session`; `not-running` when nobody is there to read it any more */
export function recipientMailbox(deps: Deps, ref: SessionRef | undefined): string {
  if (ref === undefined) return PEOPLE;
  const row = sessionRow(deps, ref);
  if (hasEnded(row.state) && row.restart_at === null) throw new FleetError("not-running", `session ${row.id} has ended (${row.state}): nobody would read it`);
  return sessionMailbox(row.id);
}

/** @throws FleetError `unknown-session`, `denied` */
export function mailboxFor(deps: Deps, { session, people }: { readonly session?: SessionRef | undefined; readonly people?: true | undefined }, asker: Asker): string {
  if (session === undefined && people === undefined) return asker.mailbox;
  const row = session === undefined ? undefined : sessionRow(deps, session);
  const mailbox = row === undefined ? PEOPLE : sessionMailbox(row.id);
  const own = row !== undefined && asker.launchedBy !== undefined && row.launched_by === asker.launchedBy;
  if (mailbox !== asker.mailbox && !asker.operator && !own) throw new FleetError("denied", "a mailbox is for its owner and for operators");
  return mailbox;
}
