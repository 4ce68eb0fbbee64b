// Leases of names: a name belongs to the key whose beats come under it.
import type { fleetClaim, InputOf, OutputOf } from "@fleetwire/shared/bus";
import { BEAT_MS, beatPeriodFor, liveMs } from "@fleetwire/shared/domain";
import type { PublicKey } from "@fleetwire/shared/ids";
import { ageOf, type Row } from "./row.ts";
import type { Table } from "./table.ts";

/** Another agent process with the same key that was heard within so many beats still runs: a copy of the node's directory. */
const SAME_KEY_BEATS = 1.2;

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
      const beatMs = beatPeriodFor(table.size());
      if (row !== undefined && !row.gone && row.inst !== instance && ageOf(row, now) <= silence(row.key === key, row.beatMs)) {
        return { granted: false, beatMs, holder: { key: row.key, hostname: row.record?.hostname ?? "unknown", ageMs: ageOf(row, now) } };
      }
      const lease = granted.get(name);
      if (lease !== undefined && lease.instance !== instance && now - lease.at <= silence(lease.key === key, BEAT_MS) && !leftSince(lease, table)) {
        return { granted: false, beatMs, holder: { key: lease.key, hostname: lease.hostname, ageMs: now - lease.at } };
      }
      // Renewals come in at the end, so that what is too old is at the beginning.
      for (const [other, { at }] of granted) {
        if (now - at <= liveMs(BEAT_MS)) break;
        granted.delete(other);
      }
      granted.delete(name);
      granted.set(name, { key, instance, hostname, at: now });
      // The name's earlier holder, gone for good: its row is the new one's now.
      if (row !== undefined && row.key !== key) onReplaced(row);
      return { granted: true, beatMs };
    },
  };
}

/** The lease's holder was heard and then left, or was cut off: it holds nothing any more. */
function leftSince(lease: Lease, table: Table): boolean {
  const row = table.get(lease.key);
  return row?.inst === lease.instance && row.gone;
}

/** How long a holder is silent before another process may have its name, milliseconds. */
function silence(sameKey: boolean, beatMs: number): number {
  return sameKey ? SAME_KEY_BEATS * beatMs : liveMs(beatMs);
}
