// Bearer tokens for callers without NATS. The token is shown once; the node keeps its hash, and looks it up by that.
import { createHash, randomBytes } from "node:crypto";
import type { directToken, InputOf, OutputOf, Role } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { TokensTable } from "../store/index.ts";

export interface DirectTokens {
  run(input: InputOf<typeof directToken>): OutputOf<typeof directToken>;
  /** @throws FleetError `bad-bearer` */
  check(token: string): { name: string; role: Role };
}

const PREFIX = "fleetd_";

export function createDirectTokens(table: TokensTable, now: () => number): DirectTokens {
  const hashOf = (token: string) => createHash("sha256").update(token).digest("base64url");
  const listed = () => table.all().map(({ name, role, created_at, expires_at }) => ({ name, role, createdAt: new Date(created_at).toISOString(), expiresAt: expires_at === null ? null : new Date(expires_at).toISOString() }));
  return {
    run(input) {
      if (input.action === "list") return { tokens: listed() };
      if (input.action === "revoke") {
        const revoked = table.remove(input.name);
        return { tokens: listed(), revoked };
      }
      if (table.all().some(({ name }) => name === input.name)) throw new FleetError("name-taken", `there is a token '${input.name}'`, { hint: "revoke it first, or choose another name" });
      const token = PREFIX + randomBytes(32).toString("base64url");
      table.put({ name: input.name, hash: hashOf(token), role: input.role, created_at: now(), expires_at: input.expiresInS === undefined ? null : now() + input.expiresInS * 1000 });
      return { token, tokens: listed() };
    },
    check(token) {
      // Found by its hash: how long the look-up takes says nothing about the token.
      const found = token.startsWith(PREFIX) && token.length < 128 ? table.byHash(hashOf(token)) : undefined;
      if (found === undefined || (found.expires_at !== null && found.expires_at < now())) throw new FleetError("bad-bearer", "the bearer token is not valid here, or no longer");
      return { name: found.name, role: found.role };
    },
  };
}
