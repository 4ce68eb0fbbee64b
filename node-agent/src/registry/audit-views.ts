// The fleet's audit record for those who may read it, from what lies in the hub's directory.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SKEW_MS, type AuditSource, type fleetAudit, type fleetAuditCopy, type InputOf, type OutputOf } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { PublicKey } from "@fleetwire/shared/ids";
import { entriesOf, headIn, lastWrittenAt, rawLines } from "../audit/index.ts";
import type { AuditCopies } from "./audit-copy.ts";
import { auditRoot } from "./audit-store.ts";
import type { Table } from "./table.ts";

const ENTRIES = 100;
const LINES = 1_000;
/** The hub's own records, beside the nodes' copies. */
const OWN = ["hub", "registry"] as const;

export interface AuditViews {
  /** @param bytes how much JSON text the answer may have: the oldest entries give way */
  audit(input: InputOf<typeof fleetAudit>, bytes: number): Promise<OutputOf<typeof fleetAudit>>;
  copy(input: InputOf<typeof fleetAuditCopy>, bytes: number): Promise<OutputOf<typeof fleetAuditCopy>>;
}

interface Kept extends AuditSource {
  readonly directories: readonly string[];
}

export function createAuditViews(hubDirectory: string, table: Table, copies: AuditCopies): AuditViews {
  function sources(): Kept[] {
    const root = auditRoot(hubDirectory);
    const names = existsSync(root) ? readdirSync(root) : [];
    return names.flatMap((name): Kept[] => {
      if (OWN.some((own) => own === name)) return ownSource(name, join(root, name));
      const key = PublicKey.safeParse(name);
      if (!key.success) return [];
      const kept = copies.of(name);
      return [{ name: table.get(name)?.name ?? name, key: key.data, head: kept.head() ?? null, alarms: [...kept.alarms()], directories: kept.branches() }];
    }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  return {
    async audit({ sources: wanted, filter = {}, limit = ENTRIES }, bytes) {
      const chosen = sources().filter(({ name, key }) => wanted === undefined || wanted.includes(name) || wanted.includes(key));
      const directories = limit === 0 ? [] : chosen.flatMap(({ name, directories: all }) => all.map((directory) => ({ name, directory, at: lastWrittenAt(directory) })));
      let newest: OutputOf<typeof fleetAudit>["entries"] = [];
      for (const { name, directory, at } of directories.toSorted((a, b) => b.at - a.at)) {
        // What was last written before all that is here can't add to it; a node's clock may be some way off.
        const oldest = newest.length < limit ? Number.NEGATIVE_INFINITY : Date.parse(newest.at(-1)?.at ?? "");
        if (at < oldest - SKEW_MS) break;
        newest = [...newest, ...(await entriesOf(directory, filter, limit)).map((entry) => ({ source: name, ...entry }))].toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : b.seq - a.seq)).slice(0, limit);
      }
      let room = bytes;
      const fitting = newest.findIndex((entry) => (room -= Buffer.byteLength(JSON.stringify(entry))) < 0);
      return { entries: (fitting < 0 ? newest : newest.slice(0, Math.max(1, fitting))).toReversed(), sources: chosen.map(({ name, key, head, alarms }) => ({ name, key, head, alarms })) };
    },
    async copy({ source: name, after = 0, limit = LINES }, bytes) {
      const found = sources().find((one) => one.name === name || one.key === name);
      if (found === undefined) throw new FleetError("unknown-node", `the hub has no audit record of '${name}'`);
      const { directories, ...source } = found;
      // A line's quotes become longer in the answer.
      return { source, ...(await rawLines(directories.at(-1) ?? "", after, limit, bytes / 2)) };
    },
  };
}

function ownSource(name: string, directory: string): Kept[] {
  const own = headIn(directory);
  return own === undefined ? [] : [{ name, key: own.signer, head: own.head, alarms: [], directories: [directory] }];
}
