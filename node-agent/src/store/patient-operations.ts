// While the disk takes nothing, operations are remembered by this process alone: a kill must work on a full disk, and run
// once even so.
import type { Operation, OperationsTable } from "./operations-table.ts";
import { takes, type DiskState } from "./unwritten.ts";

export function patientOperations(table: OperationsTable, disk: DiskState): OperationsTable {
  const remembered = new Map<string, Operation>();
  return {
    get: (id) => remembered.get(id) ?? table.get(id),
    begin(operation) {
      if (!takes(disk, () => table.begin(operation))) remembered.set(operation.id, { ...operation, state: "started", outcome: null });
    },
    finish(id, outcome) {
      const known = remembered.get(id);
      if (known === undefined && takes(disk, () => table.finish(id, outcome))) return;
      const operation = known ?? table.get(id);
      if (operation !== undefined) remembered.set(id, { ...operation, state: "done", outcome });
    },
    prune(before) {
      for (const [id, { at }] of remembered) if (at < before) remembered.delete(id);
      takes(disk, () => table.prune(before));
    },
  };
}
