// A record as people ask for it: what was asked, with how it ended.
import * as z from "zod/mini";
import type { ReadLine } from "./chain.ts";
import { AuditAbout, AuditWho, type AuditRecord } from "./record.ts";

export const AuditFilter = z.object({
  /** A key, a name, a token's name, `socket`, or `session:3`. */
  caller: z.optional(z.string().check(z.maxLength(128))),
  verb: z.optional(z.string().check(z.maxLength(64))),
  /** Id or name of a session, as in the record's target. */
  session: z.optional(z.string().check(z.maxLength(128))),
  /** Milliseconds since 1970. */
  since: z.optional(z.number()),
  refused: z.optional(z.boolean()),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

/** One happening. `code`: `ok`, the code of the error, or null while it runs (or when the agent died meanwhile). */
export const AuditEntry = z.object({
  seq: z.int(),
  at: z.string(),
  kind: z.enum(["act", "refused", "start", "gap"]),
  who: AuditWho,
  verb: z.string(),
  op: z.optional(z.string()),
  target: z.optional(z.string()),
  about: z.optional(AuditAbout),
  code: z.nullable(z.string()),
  ms: z.optional(z.int()),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Acts that still run, or whose agent died, stand between those that are counted. */
const SLACK = 1_000;

type End = Extract<AuditRecord, { kind: "end" }>;

/**
 * Puts acts and their ends together; keeps the newest `limit` that fit.
 * @param ends of acts that stand in an earlier file: files may be read from the newest back
 */
export function createEntries(filter: AuditFilter, limit: number, ends = new Map<number, End>()): { take(read: ReadLine): void; entries(): AuditEntry[] } {
  const kept = new Map<number, AuditEntry>();
  function take({ record }: ReadLine): void {
    if (record.kind === "end") {
      const entry = kept.get(record.of);
      if (entry === undefined) ends.set(record.of, record);
      else finish(entry, record);
      return;
    }
    const entry = entryOf(record);
    // A launch names its session only in its end: the name is judged at the end.
    if (entry === undefined || !fits(entry, { ...filter, session: undefined, refused: undefined })) return;
    kept.set(entry.seq, entry);
    const end = ends.get(entry.seq);
    if (end !== undefined) finish(entry, end);
    if (kept.size > limit + SLACK) kept.delete(kept.keys().next().value ?? 0);
  }
  function finish(entry: AuditEntry, { code, ms, target }: End): void {
    const ended = { ...entry, code, ms, ...(target === undefined ? {} : { target }) };
    if (fits(ended, filter)) kept.set(entry.seq, ended);
    else kept.delete(entry.seq);
  }
  return { take, entries: () => [...kept.values()].filter((entry) => fits(entry, filter)).slice(-limit) };
}

function entryOf(record: AuditRecord): AuditEntry | undefined {
  const { seq, at } = record;
  switch (record.kind) {
    case "act":
    case "refused": {
      const { kind, who, verb, op, target, about } = record;
      return { seq, at, kind, who, verb, op, target, about, code: kind === "refused" ? record.code : null };
    }
    case "start":
      return { seq, at, kind: "start", who: { carrier: "agent" }, verb: "agent-start", code: "ok", about: { version: record.version, ...(record.torn === undefined ? {} : { torn: record.torn }), ...(record.missing === undefined ? {} : { missing: record.missing }) } };
    case "gap":
      return { seq, at, kind: "gap", who: { carrier: "agent" }, verb: "audit-gap", code: "ok", about: { lost: record.lost, why: record.why } };
    case "segment":
    case "seal":
    case "end":
      return undefined;
  }
}

function fits(entry: AuditEntry, { caller, verb, session, since, refused }: AuditFilter): boolean {
  if (verb !== undefined && entry.verb !== verb) return false;
  if (since !== undefined && Date.parse(entry.at) < since) return false;
  if (refused === true && !isRefusal(entry)) return false;
  if (session !== undefined && !(entry.target ?? "").split(",").some((target) => target === session || target.split(":").at(-1) === session)) return false;
  return caller === undefined || callersOf(entry.who).includes(caller);
}

/** Refused outright, or denied by what was asked. */
const isRefusal = ({ kind, code }: AuditEntry): boolean => kind === "refused" || code === "denied";

function callersOf({ carrier, key, name, token, session }: AuditWho): (string | undefined)[] {
  return [key, name, token, carrier, session === undefined ? undefined : `session:${session}`];
}
