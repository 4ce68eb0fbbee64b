// Bearer tokens for callers without NATS. Only hashes are kept: a copy of the database opens nothing.
import * as z from "zod/mini";
import { Role } from "@fleetwire/shared/bus";
import type { Connection } from "./connection.ts";

const DirectToken = z.object({ name: z.string(), hash: z.string(), role: Role, created_at: z.number(), expires_at: z.nullable(z.number()) });
export type DirectToken = z.infer<typeof DirectToken>;

export interface TokensTable {
  /** Replaces the token of that name. */
  put(token: DirectToken): void;
  all(): DirectToken[];
  byHash(hash: string): DirectToken | undefined;
  remove(name: string): boolean;
}

export function tokensTable(database: Connection): TokensTable {
  const put = database.prepare("INSERT OR REPLACE INTO direct_tokens (name, hash, role, created_at, expires_at) VALUES (@name, @hash, @role, @created_at, @expires_at)");
  const all = database.prepare("SELECT * FROM direct_tokens ORDER BY name");
  const byHash = database.prepare("SELECT * FROM direct_tokens WHERE hash = ?");
  const remove = database.prepare("DELETE FROM direct_tokens WHERE name = ?");
  return {
    put: (token) => void put.run(token),
    all: () => all.all().map((row) => database.parsed(() => DirectToken.parse(row))),
    byHash(hash) {
      const row = byHash.get(hash);
      return row === undefined ? undefined : database.parsed(() => DirectToken.parse(row));
    },
    remove: (name) => remove.run(name).changes > 0,
  };
}
