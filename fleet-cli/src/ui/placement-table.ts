import type { NodeRecord } from "@fleetwire/shared/domain";
import { loadPerCpu, type Placement } from "@fleetwire/shared/placement";
import { bytesOf } from "./amounts.ts";
import { renderTable } from "./table.ts";

export interface PlacementRow {
  readonly node: NodeRecord["name"];
  readonly fits: boolean;
  /** From 0 to 1; null where it doesn't fit. */
  readonly score: number | null;
  readonly gpusFree: number;
  readonly gpus: number;
  /** Null where the node doesn't say. */
  readonly memoryFreeBytes: number | null;
  readonly memoryBytes: number;
  readonly loadPerCpu: number;
  readonly reasons: readonly string[];
}

/** Those that fit in the order in which they are asked, then those that don't. */
export function placementRows({ candidates, refused }: Placement): PlacementRow[] {
  return [
    ...candidates.map(({ node, score, reasons }) => ({ ...amounts(node), fits: true, score, reasons })),
    ...refused.map(({ node, lack }) => ({ ...amounts(node), fits: false, score: null, reasons: [lack] })),
  ];
}

function amounts(node: NodeRecord) {
  const { gpus, memoryFreeBytes = null, memoryBytes } = node.resources;
  return { node: node.name, gpusFree: gpus.filter(({ free }) => free).length, gpus: gpus.length, memoryFreeBytes, memoryBytes, loadPerCpu: Math.round(loadPerCpu(node) * 100) / 100 };
}

export function placementTable(placement: Placement, width?: number): string {
  const rows = placementRows(placement).map((row) => [
    row.node,
    row.fits ? "yes" : "no",
    row.score === null ? "-" : row.score.toFixed(2),
    row.gpus === 0 ? "-" : `${row.gpusFree}/${row.gpus}`,
    row.memoryFreeBytes === null ? "-" : bytesOf(row.memoryFreeBytes),
    row.loadPerCpu.toFixed(2),
    row.reasons.join(", "),
  ]);
  return renderTable([{ title: "NODE" }, { title: "FITS" }, { title: "SCORE", align: "right" }, { title: "GPUS FREE", align: "right" }, { title: "MEMORY FREE", align: "right" }, { title: "LOAD/CPU", align: "right" }, { title: "WHY", flexible: true }], rows, width);
}
