// Somebody's own NATS with a creds file: an account of theirs, whose users aren't our keys.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { subjects } from "@fleetwire/shared/bus";
import type { PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair } from "@fleetwire/shared/keys";
import { encodeAccount, encodeOperator, encodeUser, fmtCreds, fromSeed } from "@nats-io/jwt";
import { expect, it } from "vitest";
import { ask, connectOnce, openFleetLink } from "./index.ts";
import { fleet, linkDeps, pool, testNode } from "./test-node.ts";
import { startNats } from "./testing.ts";

it("a creds file is enough to be in a fleet; the node says that callers prove no role there", async () => {
  const directory = mkdtempSync(join(tmpdir(), "fwc-"));
  const [operator, account, user] = [createKeyPair("operator"), createKeyPair("account"), createKeyPair("user")];
  const operatorJwt = await encodeOperator("O", operator.seed);
  const limits = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const accountJwt = await encodeAccount("A", account.seed, { limits }, { signer: operator.seed });
  const jwt = await encodeUser("u", user.publicKey, account.seed);
  const credsFile = join(directory, "user.creds");
  writeFileSync(credsFile, fmtCreds(jwt, fromSeed(new TextEncoder().encode(user.seed))), { mode: 0o600 });
  await using server = await startNats({ config: `operator: "${operatorJwt}"\nresolver: MEMORY\nresolver_preload { ${account.publicKey}: "${accountJwt}" }` });
  try {
    const node = testNode("box");
    await using link = openFleetLink(linkDeps(node, { urls: [server.url], credsFile, open: true }));
    await link.ready(10_000);
    expect(link.status()).toMatchObject({ state: "connected", unprotected: false });
    const caller = createKeyPair("user");
    const connection = await connectOnce({ urls: [server.url], name: "test", login: { kind: "creds", file: credsFile }, inboxOf: caller.publicKey as PublicKey });
    const subject = subjects.request(fleet, pool, node.key.publicKey as PublicKey, "session-list", caller.publicKey as PublicKey);
    expect(await ask(connection, { subject, target: node.key.publicKey, verb: "session-list", body: {}, key: caller, signers: [node.key.publicKey], timeoutMs: 3_000 })).toMatchObject({ verb: "session-list" });
    await connection.close();

    await using without = openFleetLink(linkDeps(testNode("other"), { urls: [server.url] }));
    await expect(without.ready(10_000)).rejects.toMatchObject({ code: "nats-denied" });
    await using missing = openFleetLink(linkDeps(testNode("other"), { urls: [server.url], credsFile: join(directory, "none.creds") }));
    await expect(missing.ready(500)).rejects.toMatchObject({ code: "bad-config" });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
