// NATS servers of somebody's own, set up by exactly what `fleet hub permissions` prints and docs/own-nats.md says: a static
// configuration with nkey users, and operator mode with signing keys, with JWTs made here in place of nsc.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeAccount, encodeOperator, encodeUser, newScopedSigner, type SigningKey } from "@nats-io/jwt";
import { afterAll, describe, expect, it } from "vitest";
import { createKeyPair } from "../shared/src/keys/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { freePort, Machine } from "./machines.ts";

const cleanups: (() => PromiseLike<unknown> | void)[] = [];
afterAll(async () => {
  await Promise.all(cleanups.map(async (cleanup) => cleanup()));
});

async function nats(config: (port: number) => string): Promise<string> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "fno-"));
  writeFileSync(join(directory, "nats.conf"), config(port));
  const server: ChildProcess = spawn("nats-server", ["-c", join(directory, "nats.conf")], { stdio: "ignore" });
  cleanups.push(() => {
    server.kill();
    rmSync(directory, { recursive: true, force: true });
  });
  await waitFor("the server listens", () => new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  }));
  return `nats://127.0.0.1:${port}`;
}

function machine(config = ""): Machine {
  const made = new Machine(mkdtempSync(join(tmpdir(), "fo-")), { FLEET_GATEWAY: "0" });
  mkdirSync(join(made.home, "config"), { recursive: true, mode: 0o700 });
  if (config !== "") writeFileSync(join(made.home, "config/config.toml"), config, { mode: 0o600 });
  cleanups.push(() => made[Symbol.asyncDispose]());
  return made;
}
const keyOf = (of: Machine, ...flags: string[]) => of.ok("key", ...flags);

/** What a viewer and an operator may there. */
async function prove(viewer: Machine, operator: Machine): Promise<void> {
  expect((await viewer.json<{ name: string; state: string }[]>("nodes")).map(({ name, state }) => `${name} ${state}`)).toEqual(["box live"]);
  const target = await operator.ok("launch", "--on", "box", "--name", "job", "--", "sh", "-c", "echo done; sleep 60");
  expect(target).toBe("box:1");
  expect((await viewer.json<{ target: string }[]>("ls")).map((session) => session.target)).toContain("box:1");
  await waitFor("the output", async () => (await viewer.fleet("logs", "box:job")).stdout.includes("done"), 10_000);
  const refused = await viewer.fleet("launch", "--on", "box", "--", "true");
  expect({ code: refused.code, error: refused.stderr.split("\n")[0] }).toEqual({ code: 1, error: expect.stringContaining("may not ask for 'session-launch'") as string });
  expect((await viewer.fleet("kill", "box:job")).code).toBe(1);
  expect((await operator.fleet("kill", "box:job")).code).toBe(0);
}

describe.concurrent("a server with a static configuration", () => {
  it.concurrent("lets in the keys that are listed, with what their role may, and the node knows who is who", async () => {
    const [node, viewer, operator, nobody] = [machine(), machine(), machine(), machine()];
    const [nodeKey, viewerKey, operatorKey] = [await keyOf(node, "--node"), await keyOf(viewer), await keyOf(operator)];
    const user = (role: string, key: string) => node.ok("hub", "permissions", "--role", role, "--conf", "--key", key);
    const users = [await user("node", nodeKey), await user("viewer", viewerKey), await user("operator", operatorKey)];
    const url = await nats((port) => `listen: "127.0.0.1:${port}"\nauthorization {\n  users: [\n${users.join("\n")}\n  ]\n}\n`);
    await node.fleet("down");
    writeFileSync(join(node.home, "config/config.toml"), `[nats]\nurl = "${url}"\n[nats.roles]\nviewer = ["${viewerKey}"]\noperator = ["${operatorKey}"]\n`, { mode: 0o600 });
    await node.ok("up", "--name", "box");
    for (const one of [viewer, operator, nobody]) one.env["FLEET_NATS_URL"] = url;
    await prove(viewer, operator);
    expect((await nobody.fleet("nodes")).code).toBe(125);
    expect((await viewer.fleet("nodes")).stderr).not.toContain("unprotected");
  }, 60_000);
});

/** The words of a printed nsc command, as nsc would take them: its scope. */
function scopeOf(printed: string, seed: string): SigningKey {
  const words = [...printed.replaceAll("\\\n", " ").matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
  const values = (flag: string) => words.flatMap((word, at) => (word === flag ? [words[at + 1] ?? ""] : []));
  expect(words.slice(0, 3)).toEqual(["nsc", "edit", "signing-key"]);
  const answers = words.find((word) => word.startsWith("--allow-pub-response="))?.split("=")[1];
  return newScopedSigner(seed, values("--role")[0] ?? "", {
    pub: { allow: values("--allow-pub"), deny: [] },
    sub: { allow: values("--allow-sub"), deny: [] },
    ...(answers === undefined ? {} : { resp: { max: Number(answers), ttl: 120e9 } }),
    subs: Number(values("--subs")[0]),
    payload: Number(values("--payload")[0]),
    data: -1,
    allowed_connection_types: ["STANDARD"],
  });
}
const credsFile = (jwt: string, seed = "") => `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n${seed === "" ? "" : `\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`}`;

describe.concurrent("a server in operator mode", () => {
  it.concurrent("with a signing key for each role: creds files let in a node and people", async () => {
    const [node, viewer, operator] = [machine(), machine(), machine()];
    const [operatorKey, account] = [createKeyPair("operator"), createKeyPair("account")];
    const roles = { node: createKeyPair("account"), viewer: createKeyPair("account"), operator: createKeyPair("account") };
    const signing_keys: SigningKey[] = [];
    for (const [role, { seed }] of Object.entries(roles)) signing_keys.push(scopeOf(await viewer.ok("hub", "permissions", "--role", role, "--nsc"), seed));
    const limits = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
    const operatorJwt = await encodeOperator("O", operatorKey.seed);
    const accountJwt = await encodeAccount("FLEET", account.seed, { limits, signing_keys }, { signer: operatorKey.seed });
    const url = await nats((port) => `listen: "127.0.0.1:${port}"\noperator: "${operatorJwt}"\nresolver: MEMORY\nresolver_preload { ${account.publicKey}: "${accountJwt}" }\n`);
    const mint = (name: string, key: string, role: keyof typeof roles) => encodeUser(name, key, account.publicKey, {}, { signer: roles[role].seed, scopedUser: true });

    // The node's key is made there: its file has the JWT alone. So is the viewer's; the operator's was made with its file.
    const made = createKeyPair("user");
    writeFileSync(join(node.home, "node.creds"), credsFile(await mint("box", await keyOf(node, "--node"), "node")), { mode: 0o600 });
    writeFileSync(join(viewer.home, "viewer.creds"), credsFile(await mint("ann", await keyOf(viewer), "viewer")), { mode: 0o600 });
    writeFileSync(join(operator.home, "operator.creds"), credsFile(await mint("bob", made.publicKey, "operator"), made.seed), { mode: 0o600 });
    await node.fleet("down");
    writeFileSync(join(node.home, "config/config.toml"), `[nats.roles]\nviewer = ["${roles.viewer.publicKey}"]\noperator = ["${roles.operator.publicKey}"]\n`, { mode: 0o600 });
    await node.ok("up", "--name", "box", "--nats", url, "--creds", join(node.home, "node.creds"));
    for (const [one, creds] of [[viewer, "viewer.creds"], [operator, "operator.creds"]] as const) Object.assign(one.env, { FLEET_NATS_URL: url, FLEET_NATS_CREDS: join(one.home, creds) });
    await prove(viewer, operator);
    // A role that this node doesn't know is no role here, whatever the server lets through.
    writeFileSync(join(node.home, "config/config.toml"), `[nats.roles]\nviewer = ["${roles.viewer.publicKey}"]\n`, { mode: 0o600 });
    await node.fleet("down");
    await node.ok("up");
    const { code, stderr } = await operator.fleet("launch", "--on", "box", "--", "true");
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("not from this node's fleet") as string });
  }, 60_000);
});
