// The operations of a node that has no database, for as long as its process lives.
import type { Operation, OperationsTable } from "../../node-agent/src/store/index.ts";

export function memoryTable(): OperationsTable {
  const rows = new Map<string, Operation>();
  return {
    get: (id) => rows.get(id),
    begin: (operation) => void rows.set(operation.id, { ...operation, state: "started", outcome: null }),
    finish(id, outcome) {
      const row = rows.get(id);
      if (row !== undefined) rows.set(id, { ...row, state: "done", outcome });
    },
    prune: () => undefined,
  };
}
