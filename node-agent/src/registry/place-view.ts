// Where a launch could go: a page of the best of thousands, so that few bytes travel.
import type { fleetPlace, InputOf, OutputOf } from "@fleetwire/shared/bus";
import type { NodeRecord } from "@fleetwire/shared/domain";
import type { PoolName } from "@fleetwire/shared/ids";
import { place } from "@fleetwire/shared/placement";
import { recordOf } from "./row.ts";
import type { Table } from "./table.ts";

const CANDIDATES = 10;
const REFUSED = 20;

/**
 * @param pool that the caller's credential is cut to: no other node is proposed, or told of
 * @param bytes how much JSON text the answer may have
 */
export function placeView(table: Table, { wish, without = [], explain = false }: InputOf<typeof fleetPlace>, { now, pool, bytes, random }: { now: number; pool: PoolName | undefined; bytes: number; random: () => number }): OutputOf<typeof fleetPlace> {
  const tried = new Set<string>(without);
  function* nodes(): Generator<NodeRecord> {
    // Rows whose name is another's now are not among them.
    for (const row of table.sorted()) if ((pool === undefined || row.pool === pool) && !tried.has(row.name)) yield recordOf(row, now);
  }
  const { candidates, refused, ...counts } = place(nodes(), wish, { limit: CANDIDATES, random, refusedLimit: explain ? REFUSED : 0 });
  let room = bytes;
  const fits = (part: object) => (room -= Buffer.byteLength(JSON.stringify(part))) > 0;
  return { ...counts, candidates: candidates.filter(fits).map(({ reasons, ...candidate }) => ({ ...candidate, reasons: [...reasons] })), rejected: { ...counts.rejected }, refused: refused.filter(fits) };
}
