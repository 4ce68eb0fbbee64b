// The register: what this hub has given out, a small file for each token, each use of one and each credential. Hub and registries
// write different files of it, so that no two processes ever change the same one. Nothing in it is secret.
import { linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Role } from "@fleetwire/shared/bus";
import { PoolName } from "@fleetwire/shared/ids";
import * as z from "zod/mini";
import { readJsonFile, writePrivateFile } from "./hub-files.ts";

const Common = { role: Role, pool: z.optional(PoolName), name: z.optional(z.string()) };

/** Times of tokens and uses are milliseconds since 1970. */
export const TokenRecord = z.object({ id: z.string(), ...Common, createdAt: z.number(), expiresAt: z.number() });
export type TokenRecord = z.infer<typeof TokenRecord>;

export const UseRecord = z.object({ id: z.string(), request: z.string(), key: z.string(), at: z.number() });
export type UseRecord = z.infer<typeof UseRecord>;

/** Times of credentials are seconds since 1970, as in the JWT. */
export const CredentialRecord = z.object({
  key: z.string(),
  ...Common,
  /** The signing key that signed it. */
  issuer: z.string(),
  issuedAt: z.int(),
  /** Null: it does not expire. */
  expiresAt: z.nullable(z.int()),
  /** Of a renewed one: when its holder got the first. */
  since: z.int(),
});
export type CredentialRecord = z.infer<typeof CredentialRecord>;

export interface Register {
  tokens(): TokenRecord[];
  uses(): UseRecord[];
  credentials(): CredentialRecord[];
  credential(key: string): CredentialRecord | undefined;
  putToken(record: TokenRecord): void;
  /** The first use of a token that is written stays. @returns that one */
  putUse(record: UseRecord): UseRecord;
  /** An older one than is there is left out. */
  putCredential(record: CredentialRecord): void;
}

export function openRegister(hubDirectory: string): Register {
  const place = (kind: string) => join(hubDirectory, "register", kind);
  const fileOf = (kind: string, id: string) => join(place(kind), `${id}.json`);

  function all<S extends z.ZodMiniType>(kind: string, schema: S): z.output<S>[] {
    return namesIn(place(kind)).flatMap((name) => one(join(place(kind), name), schema) ?? []);
  }
  const credential = (key: string) => one(fileOf("credentials", key), CredentialRecord);

  return {
    tokens: () => all("tokens", TokenRecord),
    uses: () => all("uses", UseRecord),
    credentials: () => all("credentials", CredentialRecord),
    credential,
    putToken: (record) => writePrivateFile(fileOf("tokens", record.id), JSON.stringify(record)),
    putUse(record) {
      const file = fileOf("uses", record.id);
      return writeOnce(file, JSON.stringify(record)) ? record : readJsonFile(file, UseRecord);
    },
    putCredential(record) {
      if ((credential(record.key)?.issuedAt ?? 0) > record.issuedAt) return;
      writePrivateFile(fileOf("credentials", record.key), JSON.stringify(record));
    },
  };
}

function one<S extends z.ZodMiniType>(file: string, schema: S): z.output<S> | undefined {
  try {
    return readJsonFile(file, schema);
  } catch {
    // Not there, or of a later version: it is not ours to judge.
    return undefined;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

/** Whole, and only where there is none: a link fails when its name is taken. @returns false when it was */
function writeOnce(file: string, content: string): boolean {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
