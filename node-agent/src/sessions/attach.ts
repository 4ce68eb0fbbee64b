// Tickets (D7): made here, for one attach by one key to one life of one session, and checked by the host that serves it.
import { randomBytes } from "node:crypto";
import type { AttachAnswer, AttachInput } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { SessionId, SessionName } from "@fleetwire/shared/ids";
import { sealTicket, TICKET_MS } from "@fleetwire/shared/wire";
import type * as z from "zod/mini";
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";
import { findSession, type Only } from "./find-session.ts";
import { hostOf } from "./host-of.ts";
import { recordNow } from "./life.ts";

export interface AttachOrigin {
  readonly scope: "read" | "write";
  readonly local: boolean;
  /** Who asks, for the record. */
  readonly caller?: string;
  /** What it proved its role with: taken back, the attach ends. */
  readonly credential?: { readonly issuer: string; readonly issued: number };
  readonly only?: Only;
}

/** @throws FleetError `unknown-session`, `nothing-to-attach`, `log-gone`, `host-unreachable`, `node-has-no-url` */
export async function attach(core: Core, input: z.output<typeof AttachInput>, origin: AttachOrigin, refresh: () => Promise<void>): Promise<z.output<typeof AttachAnswer>> {
  const row = input.session === undefined ? await oldestUnattached(core, refresh, origin.only) : findSession(core, refOf(input.session), origin.only);
  const host = await hostOf(core, row);
  const addresses = origin.local ? [{ kind: "unix" as const, path: host.socketPath }] : [...core.addresses()];
  if (addresses.length === 0) throw new FleetError("node-has-no-url", `node ${core.node.name()} serves no terminal address`);
  const ticket = sealTicket(
    {
      v: 1,
      id: randomBytes(18).toString("base64url"),
      node: core.node.record().key,
      session: row.id,
      epoch: row.epoch,
      scope: origin.scope,
      clientKey: input.clientKey,
      hostKey: host.hello.hostKey,
      expires: core.now() + TICKET_MS,
      ...(origin.caller === undefined ? {} : { caller: origin.caller }),
      ...(origin.credential === undefined ? {} : { credential: origin.credential }),
    },
    core.nodeKey,
  );
  const now = core.store.sessions.get(row.id) ?? row;
  return { session: recordNow(core, now), ticket, addresses };
}

function refOf(session: NonNullable<z.output<typeof AttachInput>["session"]>) {
  const id = "id" in session ? SessionId.safeParse(session.id) : undefined;
  const name = "name" in session ? SessionName.safeParse(session.name) : undefined;
  if (id?.success) return { id: id.data };
  if (name?.success) return { name: name.data };
  throw new FleetError("bad-input", "the session is given by id or by name");
}

async function oldestUnattached(core: Core, refresh: () => Promise<void>, only: Only | undefined): Promise<SessionRow> {
  await refresh();
  const row = core.store.sessions.inStates(["running"]).find((one) => (core.live.get(one.id)?.attached ?? 0) === 0 && (only === undefined || one.launched_by === only.launchedBy));
  if (row === undefined) throw new FleetError("nothing-to-attach", `no unattached running session on ${core.node.name()}`);
  return row;
}
