// Who did what on this node. What is asked is recorded before it is run, and how it ended afterwards: an agent that is killed
// in between leaves the question on record.
import type { AuditWho } from "@fleetwire/shared/audit";
import { FleetError } from "@fleetwire/shared/errors";
import type { KeyPair } from "@fleetwire/shared/keys";
import { openChain, type ChainFile } from "./chain-file.ts";
import { createFloodGate } from "./flood-gate.ts";
import { summaryOf, targetOf, type CommandDetail } from "./summary.ts";

interface AuditSettings {
  readonly required: boolean;
  readonly commands: CommandDetail;
  readonly keepBytes: number;
  readonly keepDays: number;
}

interface Asked {
  readonly who: AuditWho;
  readonly verb: string;
  readonly operation?: string;
  readonly input: unknown;
}

export interface Audit extends AsyncDisposable {
  /** Before it is run. @returns to be told the outcome: `ok` or an error's code. @throws FleetError `audit-unwritable` when records are required */
  act(asked: Asked): Promise<(code: string, target?: string) => void>;
  /** Something that was done already. Never throws. */
  done(asked: Asked): void;
  /** Somebody was turned away. Never throws: the answer is no either way. */
  refused(asked: Asked, code: string): void;
  /** For reading and for the beat. */
  readonly chain: ChainFile;
  readonly directory: string;
}

export interface AuditDeps {
  /** Of its files; made when it isn't there. */
  readonly directory: string;
  readonly key: KeyPair;
  readonly version: string;
  readonly settings: () => AuditSettings;
  /** What a person should know; undefined: nothing any more. */
  readonly onWarning: (text: string | undefined) => void;
  readonly now: () => number;
  readonly log: { error(fields: object, message: string): void };
}

const SEGMENT_BYTES = 2 * 1024 * 1024;
const DAY_MS = 86_400_000;
/** A record reaches the disk at most this long after it was written. */
const FLUSH_MS = 40;
const SEAL_MS = 10_000;
const SEAL_RECORDS = 200;
/** While nothing can be written it is tried again so often. */
const RETRY_MS = 1_000;

export function openAudit({ directory, key, version, settings, onWarning, now, log }: AuditDeps): Audit {
  const limits = () => ({ segmentBytes: Math.min(SEGMENT_BYTES, settings().keepBytes / 4), keepBytes: settings().keepBytes, keepMs: settings().keepDays * DAY_MS });
  const chain = openChain(directory, key, limits, now, () => {
    log.error({}, "the audit record was changed by something else");
    onWarning("the audit record was changed by something else: 'fleet audit verify' says where");
  });
  const gate = createFloodGate(now);
  let lost = 0;
  let flushTimer: NodeJS.Timeout | undefined;
  let sealTimer: NodeJS.Timeout | undefined;
  let retryTimer: NodeJS.Timeout | undefined;

  function write(draft: Parameters<ChainFile["append"]>[0]): number {
    try {
      fillGap();
      const seq = chain.append(draft);
      flushTimer ??= setTimeout(() => ((flushTimer = undefined), void chain.flush().catch(failed)), FLUSH_MS).unref();
      sealTimer ??= setTimeout(sealNow, SEAL_MS).unref();
      if (chain.unsealed() >= SEAL_RECORDS) sealNow();
      return seq;
    } catch (error) {
      if (lost === 0) failed(error);
      lost++;
      throw error;
    }
  }
  function fillGap(): void {
    if (lost === 0) return;
    chain.append({ kind: "gap", lost, why: "not writable" });
    lost = 0;
    healed();
  }
  function healed(): void {
    clearTimeout(retryTimer);
    retryTimer = undefined;
    onWarning(undefined);
  }
  /** Nobody may ask for anything for long: that it can be written again is found out without. */
  async function recover(): Promise<void> {
    try {
      fillGap();
      await chain.flush();
      if (retryTimer !== undefined) healed();
    } catch {
      retryTimer?.refresh();
    }
  }
  function sealNow(): void {
    clearTimeout(sealTimer);
    sealTimer = undefined;
    try {
      chain.seal();
    } catch (error) {
      failed(error);
    }
  }
  function failed(error: unknown): void {
    retryTimer ??= setTimeout(() => void recover(), RETRY_MS).unref();
    log.error({ err: error }, "the audit record can't be written");
    onWarning(`${FleetError.from(error).message}: ${settings().required ? "nothing is changed until it can" : "what is done now is not on record"}`);
  }
  function tried(draft: Parameters<ChainFile["append"]>[0]): number | undefined {
    try {
      return write(draft);
    } catch {
      return undefined;
    }
  }

  if (chain.found.missing !== undefined) onWarning(`the audit record ends before record ${chain.found.missing}, which was signed: 'fleet audit verify' says where`);
  tried({ kind: "start", version, ...chain.found });
  return {
    chain,
    directory,
    async act({ who, verb, operation, input }) {
      const { required, commands } = settings();
      const draft = { kind: "act", who, verb, op: operation, target: targetOf(input), about: summaryOf(verb, input, commands) } as const;
      const of = required ? write(draft) : tried(draft);
      if (required) await chain.flush();
      const began = performance.now();
      // An end without its beginning says nothing.
      return (code, target) => of !== undefined && void tried({ kind: "end", of, code, ms: Math.round(performance.now() - began), ...(target === undefined ? {} : { target }) });
    },
    done({ who, verb, operation, input }) {
      const of = tried({ kind: "act", who, verb, op: operation, target: targetOf(input), about: summaryOf(verb, input, settings().commands) });
      if (of !== undefined) tried({ kind: "end", of, code: "ok", ms: 0 });
    },
    refused({ who, verb, operation, input }, code) {
      const unrecorded = gate();
      if (unrecorded === undefined) return;
      const verbText = verb.slice(0, 64);
      tried({ kind: "refused", who, verb: verbText, op: operation?.slice(0, 64), target: targetOf(input), about: summaryOf(verbText, input, settings().commands), code, ...(unrecorded > 0 ? { unrecorded } : {}) });
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(flushTimer);
      clearTimeout(sealTimer);
      sealNow();
      clearTimeout(retryTimer);
      await chain.flush().catch(() => undefined);
      chain[Symbol.dispose]();
    },
  };
}
