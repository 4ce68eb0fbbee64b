// Reading the record back: lines as they lie for whoever checks them, and entries for people.
import { statSync } from "node:fs";
import { createEntries, readLine, type AuditEntry, type AuditFilter, type AuditHead } from "@fleetwire/shared/audit";
import type { PublicKey } from "@fleetwire/shared/ids";
import { firstLine, lastLine, linesFrom, linesOf, segmentsIn } from "./segment-files.ts";

/** Lines after record `after`, as many as `bytes` holds (at least one). */
export async function rawLines(directory: string, after: number, limit: number, bytes: number): Promise<{ lines: string[]; more: boolean }> {
  const lines: string[] = [];
  let room = bytes;
  for await (const line of linesFrom(directory, after)) {
    if ((numberOf(line) ?? after + 1) <= after && lines.length === 0) continue;
    room -= Buffer.byteLength(line) + 8;
    if (lines.length >= limit || (room < 0 && lines.length > 0)) return { lines, more: true };
    lines.push(line);
  }
  return { lines, more: false };
}

/** Room for an act, its end and some seals. */
const TAIL_BYTES = 2_048;

/** The newest entries that fit, oldest first. Files that ended before `since` are not opened. */
export async function entriesOf(directory: string, filter: AuditFilter, limit: number): Promise<AuditEntry[]> {
  const ends: Parameters<typeof createEntries>[2] = new Map();
  let found: AuditEntry[] = [];
  for (const [at, { path }] of segmentsIn(directory).toReversed().entries()) {
    // Mostly the newest few are wanted: they stand at the end of the newest file.
    const tail = at === 0 ? await entriesIn(path, filter, limit, new Map(), limit * TAIL_BYTES) : [];
    if (tail.length >= limit) return tail;
    found = [...(await entriesIn(path, filter, limit, ends)), ...found];
    if (found.length >= limit || startsBefore(path, filter.since)) break;
  }
  return found.slice(-limit);
}

async function entriesIn(path: string, filter: AuditFilter, limit: number, ends: Parameters<typeof createEntries>[2], tailBytes?: number): Promise<AuditEntry[]> {
  const collected = createEntries(filter, limit, ends);
  for await (const line of linesOf(path, tailBytes)) {
    const read = readLine(line);
    if (read !== undefined) collected.take(read);
  }
  return collected.entries();
}

/** When the newest file was last added to, milliseconds since 1970; 0 when there is none. */
export function lastWrittenAt(directory: string): number {
  const newest = segmentsIn(directory).at(-1);
  return newest === undefined ? 0 : (statSync(newest.path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

/** The last whole record of a directory of segments; undefined when there is none that can be read. */
export function headIn(directory: string): { readonly head: AuditHead; readonly signer: PublicKey } | undefined {
  const newest = segmentsIn(directory).at(-1);
  if (newest === undefined) return undefined;
  const first = readLine(firstLine(newest.path));
  const last = readLine(lastLine(newest.path) ?? "");
  return first?.record.kind !== "segment" || last === undefined ? undefined : { head: { chain: first.record.chain, seq: last.record.seq, hash: last.hash }, signer: first.record.node };
}

function startsBefore(path: string, since: number | undefined): boolean {
  const at = since === undefined ? undefined : readLine(firstLine(path))?.record.at;
  return at !== undefined && since !== undefined && Date.parse(at) < since;
}

/** As the text says: not believed, only used to find the place. */
function numberOf(line: string): number | undefined {
  const digits = /^\{"v":1,"seq":(\d{1,15}),/.exec(line)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
