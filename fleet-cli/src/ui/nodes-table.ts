import type { NodeRecord } from "@fleetwire/shared/domain";
import { ageOf } from "./amounts.ts";
import { drainNote } from "./drain-note.ts";
import { renderTable, type Column } from "./table.ts";

const COLUMNS: readonly (Column & { readonly text: (node: NodeRecord, now: number) => string })[] = [
  { title: "NAME", text: ({ name }) => name },
  { title: "STATE", text: (node, now) => `${node.state}${drainingOf(node, now)}${node.warning === undefined ? "" : " !"}` },
  { title: "AGE", align: "right", text: ({ ageMs }) => ageOf(ageMs) },
  { title: "VERSION", text: ({ version }) => version },
  { title: "URL", flexible: true, text: ({ url, relay }) => url ?? (typeof relay === "string" ? "through the relay" : "-") },
  { title: "SESSIONS", align: "right", text: ({ sessions }) => `${sessions.running}/${sessions.total}` },
  { title: "LOAD", align: "right", text: ({ load }) => load.toFixed(2) },
  { title: "GPUS FREE", align: "right", text: ({ resources: { gpus } }) => (gpus.length === 0 ? "-" : `${gpus.filter(({ free }) => free).length}/${gpus.length}`) },
  { title: "LABELS", flexible: true, text: ({ labels }) => Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(",") || "-" },
];

/** GPUs are shown where anybody has one. */
export function nodesTable(nodes: readonly NodeRecord[], width?: number, now = Date.now()): string {
  const columns = COLUMNS.filter(({ title }) => title !== "GPUS FREE" || nodes.some(({ resources }) => resources.gpus.length > 0));
  return renderTable(columns, nodes.map((node) => columns.map(({ text }) => text(node, now))), width);
}

/** The deadline stands in the list; the reason, which may be long, in 'fleet node describe'. */
function drainingOf({ draining, drain }: NodeRecord, now: number): string {
  if (!draining) return "";
  const note = drain === undefined ? "" : drainNote({ ...drain, message: undefined }, now);
  return `, draining${note === "" ? "" : ` (${note})`}`;
}
