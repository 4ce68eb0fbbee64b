import type { NodeRecord } from "@fleetwire/shared/domain";
import { ageOf } from "./amounts.ts";
import { drainNote } from "./drain-note.ts";
import { renderTable } from "./table.ts";

export function nodesTable(nodes: readonly NodeRecord[], width?: number, now = Date.now()): string {
  const rows = nodes.map((node) => [
    node.name,
    `${node.state}${drainingOf(node, now)}${node.warning === undefined ? "" : " !"}`,
    ageOf(node.ageMs),
    node.version,
    node.url ?? (typeof node.relay === "string" ? "through the relay" : "-"),
    `${node.sessions.running}/${node.sessions.total}`,
    node.load.toFixed(2),
    Object.entries(node.labels).map(([key, value]) => `${key}=${value}`).join(",") || "-",
  ]);
  return renderTable([{ title: "NAME" }, { title: "STATE" }, { title: "AGE", align: "right" }, { title: "VERSION" }, { title: "URL", flexible: true }, { title: "SESSIONS", align: "right" }, { title: "LOAD", align: "right" }, { title: "LABELS", flexible: true }], rows, width);
}

/** The deadline stands in the list; the reason, which may be long, in 'fleet node describe'. */
function drainingOf({ draining, drain }: NodeRecord, now: number): string {
  if (!draining) return "";
  const note = drain === undefined ? "" : drainNote({ ...drain, message: undefined }, now);
  return `, draining${note === "" ? "" : ` (${note})`}`;
}
