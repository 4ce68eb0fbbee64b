// A target names a session: `node:id`, `node:name`, `id` or `name`.
import { FleetError } from "../errors/index.ts";
import { NodeName, SessionId, SessionName } from "./names.ts";

export type SessionRef = { readonly id: SessionId } | { readonly name: SessionName };

export interface Target {
  /** Absent: this machine's node, or the one node of the fleet where the name is unique. */
  readonly node?: NodeName;
  readonly session: SessionRef;
}

/** Reads a target as typed. @throws FleetError `bad-target` */
export function parseTarget(text: string): Target {
  const colon = text.indexOf(":");
  const nodePart = colon < 0 ? undefined : text.slice(0, colon);
  const sessionPart = colon < 0 ? text : text.slice(colon + 1);
  const session = parseSessionRef(sessionPart);
  if (session === undefined) throw badTarget(text);
  if (nodePart === undefined) return { session };
  const node = NodeName.safeParse(nodePart);
  if (!node.success) throw badTarget(text);
  return { node: node.data, session };
}

/** `7` is an id, `reviewer` a name, anything else undefined. */
export function parseSessionRef(text: string): SessionRef | undefined {
  if (/^\d{1,10}$/.test(text)) {
    const id = SessionId.safeParse(Number(text));
    return id.success ? { id: id.data } : undefined;
  }
  const name = SessionName.safeParse(text);
  return name.success ? { name: name.data } : undefined;
}

export function formatTarget(node: string, session: SessionRef): string {
  return `${node}:${"id" in session ? session.id : session.name}`;
}

function badTarget(text: string): FleetError {
  return new FleetError("bad-target", `'${printable(text)}' is not a target`);
}

/** What the user typed, safe to print in an error: no control characters, at most 80 of them. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is being removed
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, "?");
  return clean.length > 80 ? `${clean.slice(0, 79)}…` : clean;
}
