// Leases of names: a name belongs to the key whose beats come under it.
import type { fleetClaim, InputOf, OutputOf } from "@fleetwire/shared/bus";
import { LIVE_MS } from "@fleetwire/shared/domain";
import type { PublicKey } from "@fleetwire/shared/ids";
import { ageOf, type Row } from "./row.ts";
import type { Table } from "./table.ts";

/** Another agent process with the same key that was heard within this time still runs: a copy of the node's directory. */
const SAME_KEY_MS = 12_000;

interface Lease {
  readonly key: string;
  readonly instance: string;
  readonly hostname: string;
  readonly at: number;
}

export interface Claims {
  claim(key: PublicKey, input: InputOf<typeof fleetClaim>, now: number): OutputOf<typeof fleetClaim>;
}

export function createClaims(table: Table, onReplaced: (row: Row) => void): Claims {
  // Granted but not heard from yet: two that ask in the same moment get one lease.
  const granted = new Map<string, Lease>();

  return {
    claim(key, { name, instance, hostname }, now) {
      const row = table.byName(name);
      if (row !== undefined && !row.gone && row.inst !== instance && ageOf(row, now) <= (row.key === key ? SAME_KEY_MS : LIVE_MS)) {
        return refuse(row.key, row.record?.hostname ?? "unknown", ageOf(row, now));
      }
      const lease = granted.get(name);
      if (lease !== undefined && lease.instance !== instance && now - lease.at <= (lease.key === key ? SAME_KEY_MS : LIVE_MS) && !leftSince(lease, table)) {
        return refuse(lease.key, lease.hostname, now - lease.at);
      }
      for (const [other, { at }] of granted) if (now - at > LIVE_MS) granted.delete(other);
      granted.set(name, { key, instance, hostname, at: now });
      // The name's earlier holder, gone for good: its row is the new one's now.
      if (row !== undefined && row.key !== key) onReplaced(row);
      return { granted: true };
    },
  };
}

/** The lease's holder was heard and then left, or was cut off: it holds nothing any more. */
function leftSince(lease: Lease, table: Table): boolean {
  const row = table.get(lease.key);
  return row?.inst === lease.instance && row.gone;
}

function refuse(key: string, hostname: string, ageMs: number): OutputOf<typeof fleetClaim> {
  return { granted: false, holder: { key, hostname, ageMs } };
}
