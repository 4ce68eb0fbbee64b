import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Credentials } from "@fleetwire/shared/bus";
import type { FleetName } from "@fleetwire/shared/ids";
import { createKeyPair } from "@fleetwire/shared/keys";
import { waitFor } from "@fleetwire/shared/testing";
import { encodeAccount, encodeOperator, encodeUser } from "@nats-io/jwt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { asWhom } from "./as-whom.ts";
import { openLink } from "./link.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "fwa-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const account = createKeyPair("account");
const [own, other] = [createKeyPair("user"), createKeyPair("user")];
const mint = (key: string, exp?: number) => encodeUser("x", key, account.seed, {}, exp === undefined ? {} : { exp });
function creds(jwt: string, seed?: string): string {
  const file = join(directory, "x.creds");
  const tail = seed === undefined ? "" : `\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
  writeFileSync(file, `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n${tail}`);
  return file;
}

describe("a caller speaks", () => {
  it("with its own key and what a fleet gave it", () => expect(asWhom(own, "jwt", undefined)).toEqual({ key: own, jwt: "jwt" }));
  it("with its own key alone", () => expect(asWhom(own, undefined, undefined)).toEqual({ key: own }));
  it("with its own key by a creds file without a seed", async () => {
    const jwt = await mint(own.publicKey);
    expect(asWhom(own, undefined, creds(jwt))).toEqual({ key: own, jwt });
  });
  it("with the key in a creds file", async () => {
    const jwt = await mint(other.publicKey);
    const whom = asWhom(own, undefined, creds(jwt, other.seed));
    expect([whom.key.publicKey, whom.jwt]).toEqual([other.publicKey, jwt]);
  });
  it.each([
    ["for another key, without its seed", async () => creds(await mint(other.publicKey))],
    ["without a JWT", () => Promise.resolve(creds(""))],
    ["that is not there", () => Promise.resolve(join(directory, "none"))],
  ])("not with a file %s", async (_what, make) => {
    const file = await make();
    expect(() => asWhom(own, undefined, file)).toThrow(expect.objectContaining({ code: "bad-config" }));
  });
});

it("a credential that has ended is named as that, with its day", async () => {
  const operator = createKeyPair("operator");
  const limits = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const [operatorJwt, accountJwt] = [await encodeOperator("O", operator.seed), await encodeAccount("A", account.seed, { limits }, { signer: operator.seed })];
  const port = await new Promise<number>((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
  writeFileSync(join(directory, "nats.conf"), `listen: "127.0.0.1:${port}"\noperator: "${operatorJwt}"\nresolver: MEMORY\nresolver_preload { ${account.publicKey}: "${accountJwt}" }\n`);
  const server = spawn("nats-server", ["-c", join(directory, "nats.conf")], { stdio: "ignore" });
  try {
    const open = async (exp?: number) => {
      const jwt = await mint(own.publicKey, exp);
      const fleet = "default" as FleetName;
      const credentials = Credentials.parse({ version: 1, facts: { fleet, pool: "default", urls: [`nats://127.0.0.1:${port}`], issuers: [], registries: [] }, role: "viewer", key: own.publicKey, jwt });
      return openLink({ urls: credentials.facts.urls, fleet, key: own, credentials });
    };
    await waitFor("the server lets in", async () => {
      const link = await open().catch(() => undefined);
      await link?.[Symbol.asyncDispose]();
      return link !== undefined;
    });
    const yesterday = Math.floor(Date.now() / 1000) - 86_400;
    await expect(open(yesterday)).rejects.toMatchObject({ code: "credential-expired", message: expect.stringContaining(new Date(yesterday * 1000).toISOString()) as string });
  } finally {
    server.kill();
  }
});
