// Whether a node can take a launch, and what it lacks when it can't.
import { chooseGpus, type NodeRecord } from "../domain/index.ts";
import type { Comparison, Condition } from "./condition.ts";
import type { PlaceWish } from "./wish.ts";

/** @returns the first thing that it lacks, in words that are the same for all that lack it; undefined when it fits */
export function lackOf(node: NodeRecord, wish: PlaceWish): string | undefined {
  if (node.state !== "live") return node.state;
  if (node.draining) return "draining";
  // It beats, but has not said yet what it has.
  if (node.resources.cpus === 0) return "not described yet";
  const unmet = wish.where.find((condition) => !meets(node, condition));
  if (unmet !== undefined) return `not ${unmet.text}`;
  const { cpus, memoryFreeBytes } = node.resources;
  if (wish.cpus !== undefined && cpus < wish.cpus) return `fewer than ${wish.cpus} CPUs`;
  if (wish.memoryBytes !== undefined && (memoryFreeBytes ?? 0) < wish.memoryBytes) return `less than ${gibibytes(wish.memoryBytes)} of free memory`;
  if (wish.gpus !== undefined && chooseGpus(node.resources.gpus, wish.gpus) === undefined) return gpusWanted(wish.gpus);
  return undefined;
}

export function meets(node: NodeRecord, condition: Condition): boolean {
  if (condition.kind === "number") return compare(amountOf(node, condition.fact), condition.is, condition.value);
  if (condition.kind === "text") return (textOf(node, condition.fact) === condition.value) === (condition.is === "=");
  const value = Object.hasOwn(node.labels, condition.key) ? node.labels[condition.key] : undefined;
  switch (condition.is) {
    case "there":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "=":
      return value === condition.value;
    case "!=":
      return value !== condition.value;
  }
}

/** Load per CPU: what makes machines of different sizes comparable. */
export const loadPerCpu = ({ load, resources }: NodeRecord): number => load / Math.max(1, resources.cpus);

function amountOf(node: NodeRecord, fact: Extract<Condition, { kind: "number" }>["fact"]): number {
  const { cpus, memoryBytes, memoryFreeBytes = 0, gpus } = node.resources;
  switch (fact) {
    case "cpus":
      return cpus;
    case "memory":
      return memoryBytes;
    case "memory-free":
      return memoryFreeBytes;
    case "gpus":
      return gpus.length;
    case "gpus-free":
      return gpus.filter(({ free }) => free).length;
    case "load":
      return loadPerCpu(node);
    case "sessions":
      return node.sessions.running;
  }
}

function textOf(node: NodeRecord, fact: Extract<Condition, { kind: "text" }>["fact"]): string {
  // `linux-x64`
  const [os = "", arch = ""] = node.platform.split("-");
  return { arch, os, hostname: node.hostname, node: node.name, pool: node.pool, version: node.version }[fact];
}

function compare(have: number, is: Comparison, want: number): boolean {
  switch (is) {
    case "=":
      return have === want;
    case "!=":
      return have !== want;
    case ">=":
      return have >= want;
    case "<=":
      return have <= want;
    case ">":
      return have > want;
    case "<":
      return have < want;
  }
}

function gpusWanted({ count, memoryBytes, model }: NonNullable<PlaceWish["gpus"]>): string {
  const kind = [model === undefined ? undefined : `'${model}'`, memoryBytes === undefined ? undefined : `of ${gibibytes(memoryBytes)}`].filter((part) => part !== undefined);
  const which = kind.length === 0 ? "" : ` ${kind.join(" ")}`;
  return count === 1 ? `no free GPU${which}` : `fewer than ${count} free GPUs${which}`;
}

const gibibytes = (bytes: number): string => `${Math.round((bytes / 2 ** 30) * 100) / 100} GB`;
