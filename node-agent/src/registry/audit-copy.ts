// Fetches what nodes have recorded, and believes none of it unchecked: each line has to follow from the one that is here.
import { createVerifier, isProblem, readLine, type AuditProblem, type ReadLine, type Verifier } from "@fleetwire/shared/audit";
import type { AuditAlarm, auditChain, InputOf, OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { Log } from "../fleet/index.ts";
import { openKeptAudit, type KeptAudit } from "./audit-store.ts";
import type { Row } from "./row.ts";

/** Nodes asked at the same time: this is no hurry, unlike lists. */
const AT_ONCE = 8;

export interface AuditCopies extends AsyncDisposable {
  /** What a beat says of the node's record. */
  heard(row: Row, seq: number): void;
  of(key: string): KeptAudit;
}

export interface AuditCopiesDeps {
  readonly hubDirectory: string;
  readonly ask: (row: Row, input: InputOf<typeof auditChain>) => Promise<OutputOf<typeof auditChain>>;
  readonly onAlarm: (row: Row, alarm: AuditAlarm) => void;
  readonly now: () => number;
  readonly log: Log;
}

export function createAuditCopies({ hubDirectory, ask, onAlarm, now, log }: AuditCopiesDeps): AuditCopies {
  const kept = new Map<string, KeptAudit>();
  const queue = new Map<string, Row>();
  const running = new Map<string, Promise<void>>();
  let stopped = false;

  function of(key: string): KeptAudit {
    const known = kept.get(key) ?? openKeptAudit(hubDirectory, key);
    kept.set(key, known);
    return known;
  }

  function heard(row: Row, seq: number): void {
    const here = of(row.key);
    row.alarm = alarmText(here.alarms());
    if (stopped || here.head()?.seq === seq) return;
    queue.set(row.key, row);
    next();
  }
  function next(): void {
    for (const [key, row] of queue) {
      if (running.size >= AT_ONCE || stopped) return;
      if (running.has(key)) continue;
      queue.delete(key);
      const work = copy(row)
        .catch((error: unknown) => log.debug({ node: row.name, code: FleetError.from(error).code }, "a node's audit record was not copied"))
        .finally(() => {
          running.delete(key);
          next();
        });
      running.set(key, work);
    }
  }

  async function copy(row: Row): Promise<void> {
    const here = of(row.key);
    const before = here.head();
    let verifier: Verifier | undefined = createVerifier(row.key, before);
    let cursor = before?.seq ?? 0;
    for (;;) {
      const answer = await ask(row, { after: cursor });
      if (before !== undefined && verifier !== undefined && verifier.count() === 0) {
        const problem = differs(before, answer);
        if (problem === "shorter") return alarm(row, "audit-cut", before.seq, "the node has fewer records than were copied");
        if (problem === "other") {
          alarm(row, "audit-cut", before.seq, "another record stands in its place");
          return startOver(row);
        }
      }
      const taken: { line: string; read: ReadLine }[] = [];
      const keep = () => taken.length > 0 && here.append(taken.splice(0));
      for (const line of answer.lines) {
        // After a fault the next file's beginning is where it can be followed again.
        if (verifier === undefined && readLine(line)?.record.kind === "segment") {
          here.newBranch();
          verifier = createVerifier(row.key);
        }
        if (verifier === undefined) continue;
        const result = verifier.take(line);
        if (!isProblem(result)) {
          taken.push({ line, read: result.read });
          continue;
        }
        keep();
        alarmOf(row, result);
        if (result.what === "forked" && verifier.count() === 0) return startOver(row);
        verifier = undefined;
      }
      keep();
      const last = answer.lines.at(-1);
      cursor = Math.max(cursor + 1, verifier?.head().seq ?? 0, last === undefined ? 0 : (readLine(last)?.record.seq ?? 0));
      if (answer.more && last !== undefined) continue;
      const end = verifier?.end(answer.signed ?? undefined);
      if (end !== undefined) alarmOf(row, end);
      return;
    }
  }

  /** What is here stays; what the node has now is copied beside it. */
  async function startOver(row: Row): Promise<void> {
    of(row.key).newBranch();
    await copy(row);
  }

  function alarmOf(row: Row, { what, seq, detail }: AuditProblem): void {
    alarm(row, what === "forked" ? "audit-forked" : what === "end-missing" || what === "missing" || what === "front-missing" ? "audit-cut" : "audit-changed", seq, detail);
  }
  function alarm(row: Row, code: AuditAlarm["code"], seq: number, detail: string): void {
    const raised: AuditAlarm = { at: new Date(now()).toISOString(), code, seq, detail };
    if (!of(row.key).raise(raised)) return;
    log.error({ node: row.name, ...raised }, "a node's audit record is not what it was");
    row.alarm = alarmText(of(row.key).alarms());
    onAlarm(row, raised);
  }

  return {
    heard,
    of,
    async [Symbol.asyncDispose]() {
      stopped = true;
      await Promise.allSettled(running.values());
    },
  };
}

/** Does what the node has follow from what is here? Before any line was looked at. */
function differs(before: { chain: string; seq: number; hash: string }, { head }: OutputOf<typeof auditChain>): "shorter" | "other" | undefined {
  if (head === null || head.chain !== before.chain) return "other";
  if (head.seq < before.seq) return "shorter";
  return head.seq === before.seq && head.hash !== before.hash ? "other" : undefined;
}

/** For the list of nodes. */
function alarmText(alarms: readonly AuditAlarm[]): string | undefined {
  const last = alarms.at(-1);
  return last === undefined ? undefined : `${last.code}: from record ${last.seq} on its audit record is not what it was`;
}
