// What is listed, in which order: sessions and nodes as rows of text with what they are sorted by.
import { hasEnded, type NodeRecord, type SessionRecord } from "@fleetwire/shared/domain";
import { activityText, ageOf, agoOf, bytesOf, commandText, type Column } from "../ui/index.ts";
import type { Reading } from "./reading.ts";

export const SORTS = { sessions: ["output", "idle", "state", "age", "name"], nodes: ["name", "load", "sessions", "heard"] } as const;
export type View = keyof typeof SORTS;
export type Sort = (typeof SORTS)[View][number];

export interface Listed {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Before the filter. */
  readonly total: number;
}
export interface Row {
  /** A target or a node's name: what stays selected. */
  readonly key: string;
  readonly node: string;
  readonly cells: readonly string[];
  readonly mark?: "bad" | "waits" | "over";
}

/** What a person has to see first. */
const STATE_ORDER = ["blocked", "lost", "failed", "running", "starting", "exited", "killed"];

export function listed(reading: Reading, view: View, sort: Sort, filter: string): Listed {
  return view === "sessions" ? sessionRows(reading, sort, filter) : nodeRows(reading, sort, filter);
}

function sessionRows({ sessions, rates, stale, at }: Reading, sort: Sort, filter: string): Listed {
  const idle = ({ lastOutputAt, startedAt, createdAt }: SessionRecord) => at - Date.parse(lastOutputAt ?? startedAt ?? createdAt);
  const rank = ({ state, activity }: SessionRecord) => STATE_ORDER.indexOf(activity.state === "blocked" && state === "running" ? "blocked" : state);
  const rate = ({ target }: SessionRecord) => rates.get(target) ?? 0;
  const ended = (a: SessionRecord, b: SessionRecord) => Number(hasEnded(a.state)) - Number(hasEnded(b.state));
  const byName = (a: SessionRecord, b: SessionRecord) => (a.node === b.node ? a.id - b.id : a.node < b.node ? -1 : 1);
  const orders: Partial<Record<Sort, (a: SessionRecord, b: SessionRecord) => number>> = {
    output: (a, b) => ended(a, b) || rate(b) - rate(a),
    idle: (a, b) => ended(a, b) || idle(b) - idle(a),
    state: (a, b) => rank(a) - rank(b),
    age: (a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0),
  };
  const words = filter.toLowerCase();
  const fitting = sessions.filter((one) => words === "" || `${one.target} ${one.name ?? ""} ${one.state} ${one.activity.state} ${one.tags.join(" ")} ${one.command.join(" ")}`.toLowerCase().includes(words));
  const doing = sessions.some(({ state }) => state === "running");
  const columns: Column[] = [{ title: "TARGET" }, { title: "NAME" }, { title: "STATE" }, ...(doing ? [{ title: "DOING", flexible: true }] : []), { title: "OUTPUT", align: "right" }, { title: "IDLE", align: "right" }, { title: "VIEWERS", align: "right" }, { title: "AGE", align: "right" }, { title: "COMMAND", flexible: true }];
  const rows = fitting.toSorted((a, b) => orders[sort]?.(a, b) || byName(a, b)).map((one): Row => {
    const over = hasEnded(one.state);
    const waits = one.state === "running" && one.activity.state === "blocked";
    const age = stale.get(one.node);
    return {
      key: one.target,
      node: one.node,
      cells: [
        one.target, one.name ?? "-", `${one.state}${one.warning === undefined ? "" : " !"}${age === undefined ? "" : `, ${age}`}`, ...(doing ? [activityText(one, at, age !== undefined)] : []),
        over ? "-" : rates.has(one.target) ? `${bytesOf(rate(one))}/s` : "-", over ? "-" : ageOf(idle(one)), one.attached === 0 ? "-" : String(one.attached), agoOf(one.createdAt, at), commandText(one.command),
      ],
      ...(one.state === "lost" || one.state === "failed" || one.warning !== undefined ? { mark: "bad" } : waits ? { mark: "waits" } : over ? { mark: "over" } : {}),
    };
  });
  return { columns, rows, total: sessions.length };
}

function nodeRows({ nodes }: Reading, sort: Sort, filter: string): Listed {
  const busy = ({ load, resources }: NodeRecord) => load / Math.max(1, resources.cpus);
  const orders: Partial<Record<Sort, (a: NodeRecord, b: NodeRecord) => number>> = { load: (a, b) => busy(b) - busy(a), sessions: (a, b) => b.sessions.running - a.sessions.running, heard: (a, b) => b.ageMs - a.ageMs };
  const words = filter.toLowerCase();
  const fitting = nodes.filter((one) => words === "" || `${one.name} ${one.state} ${one.hostname} ${Object.entries(one.labels).map(([key, value]) => `${key}=${value}`).join(" ")}`.toLowerCase().includes(words));
  const gpus = nodes.some(({ resources }) => resources.gpus.length > 0);
  const warned = nodes.some(({ warning }) => warning !== undefined);
  const columns: Column[] = [{ title: "NODE" }, { title: "STATE" }, { title: "HEARD", align: "right" }, { title: "SESSIONS", align: "right" }, { title: "LOAD", align: "right" }, { title: "CPUS", align: "right" }, { title: "MEMORY", align: "right" }, ...(gpus ? [{ title: "GPUS FREE", align: "right" } as const] : []), { title: "VERSION" }, { title: "LABELS", flexible: true }, ...(warned ? [{ title: "WARNING", flexible: true }] : [])];
  const rows = fitting.toSorted((a, b) => orders[sort]?.(a, b) || (a.name < b.name ? -1 : 1)).map((one): Row => ({
    key: one.name,
    node: one.name,
    cells: [
      one.name, `${one.state}${one.draining ? ", draining" : ""}`, ageOf(one.ageMs), `${one.sessions.running}/${one.sessions.total}`, one.load.toFixed(2), String(one.resources.cpus), bytesOf(one.resources.memoryBytes),
      ...(gpus ? [one.resources.gpus.length === 0 ? "-" : `${one.resources.gpus.filter(({ free }) => free).length}/${one.resources.gpus.length}`] : []), one.version, Object.entries(one.labels).map(([key, value]) => `${key}=${value}`).join(",") || "-", ...(warned ? [one.warning ?? ""] : []),
    ],
    ...(one.state === "unreachable" || one.warning !== undefined ? { mark: "bad" } : one.state === "suspect" ? { mark: "waits" } : {}),
  }));
  return { columns, rows, total: nodes.length };
}
