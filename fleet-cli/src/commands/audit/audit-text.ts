// One entry of the audit record as a row for people.
import type { AuditEntry, AuditWho } from "@fleetwire/shared/audit";
import type { Column } from "../../ui/index.ts";

export type SourcedEntry = AuditEntry & { readonly source: string };

export const AUDIT_COLUMNS: readonly Column[] = [{ title: "TIME" }, { title: "NODE" }, { title: "WHO", flexible: true }, { title: "DID" }, { title: "TARGET" }, { title: "OUTCOME" }, { title: "WHAT", flexible: true }];

export function auditRow({ at, source, who, verb, target, kind, code, ms, about }: AuditEntry & { readonly source: string }): readonly string[] {
  const outcome = kind === "refused" ? `refused: ${code}` : code === null ? "no end on record" : `${code}${ms === undefined ? "" : ` ${ms} ms`}`;
  return [at.replace("T", " ").slice(0, 19), source, whoText(who), verb, target ?? "", outcome, aboutText(about)];
}

function whoText({ carrier, key, name, role, session, token, uid, proved }: AuditWho): string {
  const unproved = proved === false ? " (not proved)" : "";
  switch (carrier) {
    case "bus":
      return `${name ?? `${key?.slice(0, 8) ?? "?"}…`} ${role === null || role === undefined ? "" : `(${role})`}${unproved}`.trim();
    case "socket":
      return uid === undefined ? "this machine" : `this machine, uid ${uid}`;
    case "session":
      return `session ${session ?? "?"}`;
    case "direct":
      return `token ${token ?? "?"}${role === undefined ? "" : ` (${role})`}${unproved}`;
    case "agent":
      return "the agent";
  }
}

function aboutText(about: AuditEntry["about"]): string {
  return Object.entries(about ?? {}).map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(",") : String(value)}`).join(" ");
}
