// Canaries in every place that holds a secret, and then a search through all that is written, said and shown: argument vectors,
// environments, logs, events, beats, answers, lists. Two nodes on a real nats-server that somebody listens to altogether.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectOnce, type Connection } from "../node-agent/src/fleet/index.ts";
import { startNats, type TestNats } from "../node-agent/src/fleet/testing.ts";
import type { NodeRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { machine, type Machine } from "./machines.ts";

const IN_ENVIRONMENT = "canary-in-the-environment";
const TYPED = "canary-typed-at-a-prompt";
const NATS_TOKEN = "canary-token-of-the-server";

let nats: TestNats;
let listener: Connection;
const heard: { subject: string; text: string }[] = [];
let a: Machine;
let b: Machine;

beforeAll(async () => {
  nats = await startNats({ config: `authorization { token: "${NATS_TOKEN}" }` });
  listener = await connectOnce({ urls: [nats.url], name: "listener", login: { kind: "token", token: NATS_TOKEN } });
  listener.subscribe(">", { callback: (_error, message) => heard.push({ subject: message.subject, text: message.string() }) });
  const environment = { FLEET_NATS_URL: nats.url, FLEET_NATS_TOKEN: NATS_TOKEN };
  [a, b] = [machine(environment), machine(environment)];
  await a.ok("up", "--name", "a", "--open");
  await b.ok("up", "--name", "b", "--open");
  await waitFor("both are live", async () => (await a.json<NodeRecord[]>("nodes")).filter(({ state }) => state === "live").length === 2);
}, 120_000);
afterAll(async () => {
  await a[Symbol.asyncDispose]();
  await b[Symbol.asyncDispose]();
  await listener.close();
  await nats[Symbol.asyncDispose]();
});

/** What lies on a machine's disk, but for the files whose purpose is to hold that secret. */
function filesWith(home: string, text: string, but: RegExp): string[] {
  return (readdirSync(home, { recursive: true }) as string[]).filter((name) => !but.test(name) && statSync(join(home, name)).isFile() && readFileSync(join(home, name)).includes(text));
}

it("is none of them found where it doesn't belong", async () => {
  const bearer = await a.ok("server", "token", "create", "phone", "--role", "operator");
  for (const node of ["a", "b"]) {
    await a.ok("launch", "--on", node, "--name", "agent", "--env", `API_KEY=${IN_ENVIRONMENT}`, "--", "bash", "-c", 'stty -echo; echo ready; read -r answer; echo "${#answer} and ${#API_KEY}"; sleep 1000');
    await waitFor("it asks", async () => (await a.ok("logs", `${node}:agent`)).includes("ready"));
    await a.ok("send", `${node}:agent`, TYPED);
    await waitFor("it was read", async () => (await a.ok("logs", `${node}:agent`)).includes(`${TYPED.length} and ${IN_ENVIRONMENT.length}`));
  }
  const shown = [await a.ok("status", "b:agent", "--json"), await a.ok("ls", "--json"), await a.ok("nodes", "--json"), await a.ok("node", "describe", "b", "--json"), await a.ok("doctor", "--json"), await a.ok("server", "token", "ls", "--json"), (await a.fleet("status", "b:nobody", "--debug")).stderr, (await a.fleet("launch", "--on", "b", "--name", "agent", "--env", `API_KEY=${IN_ENVIRONMENT}`, "--debug", "--", "true")).stderr];
  await a.ok("kill", "b:agent", "--grace", "1");
  const tickets = new Set(heard.flatMap(({ text }) => text.match(/ticket\\?":\\?"([^"\\]{40,})/)?.[1] ?? []));
  // Their logs were read over the bus: the tickets were heard there, bound to a key that only the caller has.
  expect(tickets.size).toBeGreaterThan(1);
  const seeds = [a, b].map(({ home }) => readFileSync(join(home, "state/node.nk"), "utf8").trim());

  const everywhere = [IN_ENVIRONMENT, TYPED, NATS_TOKEN, bearer, ...seeds];
  for (const secret of everywhere) for (const text of shown) expect(text).not.toContain(secret);

  // On the bus the request that starts a session carries its environment, and the one that types carries the text; nothing else does.
  const requests = /^f1\.default\.rq\./;
  for (const { subject, text } of heard.filter((one) => !requests.test(one.subject))) for (const secret of everywhere) expect(text, subject).not.toContain(secret);
  for (const { text } of heard) for (const secret of [NATS_TOKEN, bearer, ...seeds]) expect(text).not.toContain(secret);

  for (const { home } of [a, b]) {
    // A session that is restarted gets its environment again: the database has it, for its owner's eyes alone.
    expect(filesWith(home, IN_ENVIRONMENT, /fleet\.db/)).toEqual([]);
    expect(filesWith(home, TYPED, /^$/)).toEqual([]);
    expect(filesWith(home, NATS_TOKEN, /^$/)).toEqual([]);
    expect(filesWith(home, bearer, /^$/)).toEqual([]);
    for (const seed of seeds) expect(filesWith(home, seed, /\.nk$/)).toEqual([]);
    for (const ticket of tickets) expect(filesWith(home, ticket, /^$/)).toEqual([]);
  }

  const { stdout: processes } = spawnSync("ps", ["axww", "-o", "pid,args"], { encoding: "utf8" });
  for (const secret of everywhere) expect(processes).not.toContain(secret);
  const own = processes.split("\n").filter((line) => [a, b].some(({ home }) => line.includes(home)) && !line.includes("bash -c"));
  expect(own.length).toBeGreaterThan(3);
  for (const line of own) {
    const environment = readFileSync(`/proc/${line.trim().split(" ")[0]}/environ`, "utf8");
    for (const secret of [IN_ENVIRONMENT, TYPED, bearer, ...seeds]) expect(environment, line).not.toContain(secret);
  }
}, 90_000);
