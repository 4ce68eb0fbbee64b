// An event in the registry's own name: a node's audit record is not what it was.
import { CONTRACT_VERSION, subjects, type AuditAlarm, type FleetEvent } from "@fleetwire/shared/bus";
import type { FleetName, PublicKey } from "@fleetwire/shared/ids";
import { signDocument, type KeyPair } from "@fleetwire/shared/keys";
import type { Connection } from "../fleet/index.ts";
import type { Row } from "./row.ts";

export function tellAlarm(connection: Connection | undefined, self: { readonly key: KeyPair; readonly fleet: FleetName }, { name }: Row, { at, code, seq, detail }: AuditAlarm): void {
  if (connection === undefined || connection.isClosed()) return;
  const key = self.key.publicKey as PublicKey;
  const event: FleetEvent = { v: CONTRACT_VERSION, kind: "audit-alarm", node: name, key, inst: "registry", seq: 0, rev: 0, at, alarm: { code, seq, detail } };
  connection.publish(subjects.event(self.fleet, key, event.kind), JSON.stringify(signDocument("fleet.event.1", event, self.key)));
}
