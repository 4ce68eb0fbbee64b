// A node's audit record is not what it was: said in the registry's own name, and kept in the fleet's history.
import { CONTRACT_VERSION, subjects, type AuditAlarm, type EventRecord, type FleetEvent } from "@fleetwire/shared/bus";
import type { FleetName, PublicKey } from "@fleetwire/shared/ids";
import { signDocument, type KeyPair } from "@fleetwire/shared/keys";
import type { Connection } from "../fleet/index.ts";
import type { Row } from "./row.ts";

export function alarmEvent({ name, key }: Row, { at, code, seq, detail }: AuditAlarm): EventRecord {
  return { kind: "audit-alarm", node: name, key, at, alarm: { code, seq, detail } };
}

/** To those who listen now. */
export function tellAlarm(connection: Connection | undefined, self: { readonly key: KeyPair; readonly fleet: FleetName }, event: EventRecord): void {
  if (connection === undefined || connection.isClosed()) return;
  const key = self.key.publicKey as PublicKey;
  const said: FleetEvent = { ...event, v: CONTRACT_VERSION, key, inst: "registry", seq: 0, rev: 0 };
  connection.publish(subjects.event(self.fleet, key, said.kind), JSON.stringify(signDocument("fleet.event.1", said, self.key)));
}
