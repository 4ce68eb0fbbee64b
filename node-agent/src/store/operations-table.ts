// Recent changes by their operation ids, so that a repeated delivery is answered, not repeated.
import * as z from "zod/mini";
import type { Connection } from "./connection.ts";

const Operation = z.object({
  id: z.string(),
  caller: z.string(),
  verb: z.string(),
  /** Of the input: the same id with another content is refused. */
  digest: z.string(),
  state: z.enum(["started", "done"]),
  /** JSON `{result}` or `{error}`; null while it runs, or when the answer must not be kept. */
  outcome: z.nullable(z.string()),
  at: z.number(),
});
export type Operation = z.infer<typeof Operation>;
export type NewOperation = Pick<Operation, "id" | "caller" | "verb" | "digest" | "at">;

export interface OperationsTable {
  get(id: string): Operation | undefined;
  begin(operation: NewOperation): void;
  finish(id: string, outcome: string | null): void;
  prune(before: number): void;
}

export function operationsTable(database: Connection): OperationsTable {
  const get = database.prepare("SELECT * FROM operations WHERE id = ?");
  const begin = database.prepare("INSERT INTO operations (id, caller, verb, digest, state, outcome, at) VALUES (@id, @caller, @verb, @digest, 'started', NULL, @at)");
  const finish = database.prepare("UPDATE operations SET state = 'done', outcome = ? WHERE id = ?");
  const prune = database.prepare("DELETE FROM operations WHERE at < ?");
  return {
    get(id) {
      const row = get.get(id);
      return row === undefined ? undefined : Operation.parse(row);
    },
    begin: (operation) => void begin.run(operation),
    finish: (id, outcome) => void finish.run(outcome, id),
    prune: (before) => void prune.run(before),
  };
}
