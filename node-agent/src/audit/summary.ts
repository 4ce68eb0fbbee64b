// What a record keeps of a request: enough to know what was asked, nothing that could be a secret. Texts are kept only in
// fields that are names; of everything else the size alone. A verb that is new is thus safe without a line here.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { AuditAbout } from "@fleetwire/shared/audit";
import { PublicKey } from "@fleetwire/shared/ids";

export type CommandDetail = "hash" | "name" | "full";

/** Fields whose text is a name or one word of a fixed few. */
const NAMES = new Set(["name", "role", "pool", "signal", "action", "restart", "state", "host", "hostname", "kind", "node", "policy"]);
const LISTS_OF_NAMES = new Set(["tags", "states", "pools", "remove"]);
const LONGEST = 120;
const TARGETS_LONGEST = 1_000;

/** @param input as parsed by the contract, or whatever came when that failed */
export function summaryOf(verb: string, input: unknown, commands: CommandDetail): AuditAbout {
  if (typeof input !== "object" || input === null) return {};
  const about: AuditAbout = {};
  for (const [field, value] of Object.entries(input)) {
    if (value === undefined || field === "session" || field === "sessions") continue;
    if (field === "command" || field === "restartCommand") Object.assign(about, commandOf(field, value, commands));
    else Object.assign(about, fieldOf(field, value));
  }
  return about;
}

/** `3`, a name, `3,build`; undefined when the request names no session. */
export function targetOf(input: unknown): string | undefined {
  const { session, sessions } = (typeof input === "object" && input !== null ? input : {}) as { session?: unknown; sessions?: unknown };
  const refs = [session, ...(Array.isArray(sessions) ? (sessions as unknown[]) : [])].flatMap((ref) => nameOf(ref) ?? []);
  return refs.length === 0 ? undefined : refs.join(",").slice(0, TARGETS_LONGEST);
}

function nameOf(ref: unknown): string | undefined {
  if (typeof ref !== "object" || ref === null) return undefined;
  const { id, name } = ref as { id?: unknown; name?: unknown };
  const named = id ?? name;
  return typeof named === "number" || typeof named === "string" ? String(named).slice(0, LONGEST) : undefined;
}

function fieldOf(field: string, value: unknown): AuditAbout {
  if (typeof value === "boolean" || typeof value === "number") return { [field]: value };
  if (typeof value === "string") return NAMES.has(field) || PublicKey.safeParse(value).success ? { [field]: value.slice(0, LONGEST) } : { [`${field}Bytes`]: Buffer.byteLength(value) };
  if (isEmpty(value)) return {};
  if (Array.isArray(value)) {
    const names = LISTS_OF_NAMES.has(field) && value.every((one) => typeof one === "string");
    return names ? { [field]: value.slice(0, 32).map((one: string) => one.slice(0, LONGEST)) } : { [`${field}Count`]: value.length };
  }
  if (typeof value !== "object" || value === null) return {};
  // Names of labels and of environment variables are no secrets, what they are set to may be one.
  return field === "env" || field === "callerEnv" ? { [`${field}Count`]: Object.keys(value).length } : { [`${field}Fields`]: Object.keys(value).slice(0, 32).map((one) => one.slice(0, LONGEST)) };
}

const isEmpty = (value: unknown): boolean => typeof value === "object" && value !== null && Object.keys(value).length === 0;

function commandOf(field: string, value: unknown, detail: CommandDetail): AuditAbout {
  if (!Array.isArray(value) || !value.every((word) => typeof word === "string")) return {};
  const [program = "", ...args] = value as string[];
  if (detail === "full") return { [field]: value };
  const name = { [field]: basename(program).slice(0, LONGEST) };
  return detail === "name" ? name : { ...name, [`${field}Args`]: args.length, [`${field}Hash`]: createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22) };
}
