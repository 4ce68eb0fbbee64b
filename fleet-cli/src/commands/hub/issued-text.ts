import type { Issued } from "@fleetwire/shared/bus";
import { renderTable } from "../../ui/index.ts";

const KEY = 12;

/** Tokens and credentials as a table: never a secret, keys by their beginning. */
export function issuedTable(issued: readonly Issued[], width: number | undefined): string {
  const columns = ["KEY", "WHAT", "ROLE", "POOL", "NAME", "STATE", "SINCE", "EXPIRES", "LAST"].map((title) => ({ title }));
  return renderTable(columns, issued.map(rowOf), width);
}

function rowOf(one: Issued): string[] {
  return [one.id.slice(0, KEY), one.kind, one.role, one.pool ?? "-", one.name ?? "-", one.state, short(one.issuedAt), one.expiresAt === null ? "never" : short(one.expiresAt), lastOf(one)];
}

/** What happened to it last. */
function lastOf(one: Issued): string {
  if (one.kind === "token") return one.used === null ? "-" : `used by ${one.used.key.slice(0, KEY)} ${short(one.used.at)}`;
  if (one.revokedAt !== null) return `revoked ${short(one.revokedAt)}`;
  return one.renewedAt === null ? "-" : `renewed ${short(one.renewedAt)}`;
}

/** One of them in a sentence. */
export function issuedName({ kind, role, name, id }: Issued): string {
  return `the ${role} ${kind} ${name ?? id.slice(0, KEY)}`;
}

const short = (iso: string) => iso.slice(0, 16).replace("T", " ");
