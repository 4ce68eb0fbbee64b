// The hub's own audit record, as far as the registry writes it: credentials that were given, nodes that were forgotten, and
// who was turned away.
import { join } from "node:path";
import type { AuditWho } from "@fleetwire/shared/audit";
import type { RegistryView } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { KeyPair } from "@fleetwire/shared/keys";
import { openAudit } from "../audit/index.ts";
import { VERSION } from "../config/index.ts";
import type { BusCaller, Log } from "../fleet/index.ts";
import { auditRoot } from "./audit-store.ts";

/** Views that change something that a person asked for. */
const CHANGES: readonly RegistryView[] = ["enroll", "forget"];
const TURNED_AWAY: readonly string[] = ["bad-signature", "denied", "expired", "untrusted-caller"];
const SETTINGS = { required: false, commands: "name", keepBytes: 64 * 1024 * 1024, keepDays: 400 } as const;

export interface Question {
  readonly view: RegistryView;
  /** In the subject: proved only once the request was opened. */
  readonly key: string;
  id?: string;
  body?: unknown;
  /** Undefined for a joiner, and before the caller was judged. */
  caller?: BusCaller;
  /** It is on record as a change, with its end. */
  recorded?: boolean;
}

export interface OwnRecord extends AsyncDisposable {
  /** @throws what `work` throws */
  run<T>(question: Question, work: () => Promise<T>): Promise<T>;
  failed(question: Question, code: string): void;
}

export function openOwnRecord(hubDirectory: string, key: KeyPair, log: Log): OwnRecord {
  const audit = openAudit({ directory: join(auditRoot(hubDirectory), "registry"), key, version: VERSION, settings: () => SETTINGS, onWarning: () => undefined, now: Date.now, log });
  const whoOf = ({ key: asking, caller }: Question): AuditWho => ({ carrier: "bus", key: asking, ...(caller === undefined ? {} : { role: caller.role, ...(caller.name === undefined ? {} : { name: caller.name }) }) });
  return {
    async run(question, work) {
      if (!CHANGES.includes(question.view)) return work();
      question.recorded = true;
      const done = await audit.act({ who: whoOf(question), verb: question.view, operation: question.id, input: question.body });
      try {
        const answer = await work();
        done("ok", nameGiven(answer));
        return answer;
      } catch (error) {
        done(FleetError.from(error).code);
        throw error;
      }
    },
    failed(question, code) {
      if (question.recorded === true || !TURNED_AWAY.includes(code)) return;
      audit.refused({ who: { ...whoOf(question), ...(question.caller === undefined ? { proved: false } : {}) }, verb: question.view, input: question.body }, code);
    },
    [Symbol.asyncDispose]: () => audit[Symbol.asyncDispose](),
  };
}

/** Of a credential: the token says it, not the request. */
function nameGiven(answer: unknown): string | undefined {
  const { name } = (typeof answer === "object" && answer !== null ? answer : {}) as { name?: unknown };
  return typeof name === "string" ? name : undefined;
}
