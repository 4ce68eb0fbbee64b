// The record of a real agent: who is in it, what is not, and what a kill at any moment leaves.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createVerifier, isProblem, type AuditEntry } from "@fleetwire/shared/audit";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleAgent, TestAgent } from "./test-agent.ts";

let bundle: Awaited<ReturnType<typeof bundleAgent>>;
beforeAll(async () => {
  bundle = await bundleAgent();
});
afterAll(() => bundle[Symbol.dispose]());

const SECRET = "canary-91c2";

async function entries(agent: TestAgent, filter: object = {}): Promise<AuditEntry[]> {
  return (await agent.ask("audit-list", { filter, limit: 200 })).entries;
}

async function isWhole(agent: TestAgent): Promise<number> {
  const verifier = createVerifier((await agent.ask("node-get")).key);
  for (let more = true; more; ) {
    const page = await agent.ask("audit-chain", { after: verifier.head().seq, limit: 50 });
    for (const line of page.lines) {
      const taken = verifier.take(line);
      if (isProblem(taken)) throw new Error(`record ${taken.seq}: ${taken.what}, ${taken.detail}`);
    }
    more = page.more;
  }
  expect(verifier.end()).toBeUndefined();
  return verifier.count();
}

describe("an agent's record", () => {
  it("names who asked, also who was turned away, and has no secret in it", async () => {
    await using agent = await new TestAgent(bundle.program).start();
    const { id } = await agent.ask("session-launch", { command: ["/bin/cat", SECRET, "-p", `prompt ${SECRET}`], cwd: "/tmp", env: { KEY: SECRET }, name: "job" }).catch(() => ({ id: 0 }));
    await agent.ask("session-launch", { command: ["sleep", "60"], env: { KEY: SECRET }, name: "quiet" });
    await agent.ask("session-send", { session: { name: "quiet" }, text: SECRET, enter: true });
    const { token = "" } = await agent.ask("direct-token", { action: "create", name: "carl-laptop", role: "viewer" });
    const direct = (bearer: string) => ({ "fleet-via": "direct", "authorization": `Bearer ${bearer}` });
    await agent.ask("session-list", {}, direct(token));
    await agent.ask("session-list", {}, direct(token));
    await expect(agent.ask("session-launch", { command: ["sh", "-c", SECRET] }, direct(token))).rejects.toMatchObject({ code: "denied" });
    await expect(agent.ask("session-list", {}, direct(`fleetd_${SECRET}`))).rejects.toMatchObject({ code: "bad-bearer" });
    await expect(agent.ask("audit-list", {}, direct(token))).rejects.toMatchObject({ code: "denied" });
    await expect(agent.ask("session-kill", { sessions: [{ name: "nobody" }], graceMs: 100 })).rejects.toBeDefined();

    expect(await entries(agent, { refused: true })).toMatchObject([
      { verb: "session-launch", code: "denied", who: { carrier: "direct", token: "carl-laptop", role: "viewer" } },
      { verb: "session-list", code: "bad-bearer", who: { carrier: "direct", proved: false } },
      { verb: "audit-list", code: "denied", who: { token: "carl-laptop" } },
    ]);
    expect(await entries(agent, { caller: "carl-laptop", verb: "session-list" })).toHaveLength(1);
    expect(await entries(agent, { verb: "session-send" })).toMatchObject([{ code: "ok", target: "quiet", about: { textBytes: SECRET.length }, who: { carrier: "socket" } }]);
    expect(await entries(agent, { session: String(id + 1) })).toMatchObject([{ verb: "session-launch", about: { command: "sleep", commandArgs: 1 } }]);
    await isWhole(agent);
    const directory = join(agent.home, "state/audit");
    for (const file of readdirSync(directory)) {
      const text = readFileSync(join(directory, file), "utf8");
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(token);
    }
  });

  it("survives a kill at any moment, with every change that was answered on record", async () => {
    await using agent = await new TestAgent(bundle.program).start();
    const answered: string[] = [];
    for (let round = 0; round < counts(3, 30); round++) {
      const flood = (async () => {
        for (let n = 0; ; n++) {
          const operation = `op-${round}-${String(n).padStart(6, "0")}-0000`;
          await agent.ask("node-label", { set: { n: String(n) }, remove: [] }, { "fleet-operation": operation });
          answered.push(operation);
        }
      })().catch(() => undefined);
      await waitFor("some answers", () => Promise.resolve(answered.some((one) => one.startsWith(`op-${round}-`))));
      await sleep(Math.random() * 100);
      await agent.end("SIGKILL");
      await flood;
      await agent.start();
      await isWhole(agent);
    }
    const lines: string[] = [];
    const directory = join(agent.home, "state/audit");
    for (const file of readdirSync(directory).filter((name) => name.endsWith(".jsonl"))) lines.push(...readFileSync(join(directory, file), "utf8").split("\n"));
    const recorded = lines.flatMap((line) => (line.includes('"kind":"act"') ? [(JSON.parse(line) as { op?: string }).op] : []));
    expect(answered.filter((operation) => !recorded.includes(operation))).toEqual([]);
    expect(new Set(recorded).size).toBe(recorded.length);
  }, 300_000);
});
