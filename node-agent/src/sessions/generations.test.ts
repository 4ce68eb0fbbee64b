// Upgrades under load: nothing that runs, looks or connects notices.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { counts, waitFor } from "@fleetwire/shared/testing";
import type { TestClient } from "../pty-host/testing/test-client.ts";
import { bundleAgent, isAlive, TestAgent } from "../test-agent.ts";
import { Connector, listenerOf, view } from "./test-viewer.ts";

let bundle: Awaited<ReturnType<typeof bundleAgent>>;
beforeAll(async () => {
  bundle = await bundleAgent();
});
afterAll(() => bundle[Symbol.dispose]());

const TICKING = { command: ["sh", "-c", "i=0; while :; do echo tick $((i=i+1)); sleep 0.2; done"], cwd: "/" };
const KEPT = 3;

/** The program of the PTY host as another build has it. */
function rebuild(number: number): void {
  appendFileSync(join(dirname(bundle.program), "fleet-pty.js"), `\n// build ${number}\n`);
}

interface Kept {
  readonly id: number;
  readonly pid: number | null;
  readonly host: number;
  readonly viewer: TestClient;
}

describe("a program replaced under a running host", () => {
  it("doesn't matter to it: it has what it was started from", async () => {
    await using a = await new TestAgent(bundle.program).start();
    const first = await a.ask("session-launch", { command: ["sh", "-c", "echo first; cat"], cwd: "/" });
    const beside = (name: string) => join(dirname(bundle.program), name);
    const parts = ["screen-worker.js", "fleet-spawn"].map((name) => ({ path: beside(name), was: readFileSync(beside(name)) }));
    const replace = (path: string, bytes: Buffer | string) => {
      writeFileSync(`${path}.new`, bytes, { mode: 0o755 });
      renameSync(`${path}.new`, path);
    };
    for (const { path } of parts) replace(path, "throw new Error('of another build');");
    try {
      const second = await a.ask("session-launch", { command: ["sh", "-c", "echo second; cat"], cwd: "/" });
      for (const [{ id }, text] of [[first, "first"], [second, "second"]] as const) {
        const viewer = await view(a, id);
        await viewer.snapshot();
        await waitFor("what it printed", () => Buffer.concat([...viewer.snapshotBytes, viewer.bytes]).includes(text));
        viewer.cut();
      }
    } finally {
      for (const { path, was } of parts) replace(path, was);
    }
  });
});

describe("upgrades", () => {
  it("end no session, cut no viewer and refuse no connection; new sessions are on the new host, old hosts leave after their last", async () => {
    await using a = await new TestAgent(bundle.program).start();
    const url = await listenerOf(a);
    await using connector = new Connector(url);
    const kept: Kept[] = [];
    const launch = async () => {
      const { id, pid } = await a.ask("session-launch", TICKING);
      const parts = (await a.ask("agent-status")).parts.filter(({ host }) => host?.current === true);
      expect(parts).toHaveLength(1);
      expect(parts[0]?.host?.sessions).toBe(1);
      kept.push({ id, pid, host: parts[0]?.pid ?? 0, viewer: await view(a, id) });
    };
    await launch();
    const upgrades = counts(5, 100);
    for (let number = 1; number <= upgrades; number++) {
      await a.end(number % 2 === 0 ? "SIGKILL" : "SIGTERM");
      rebuild(number);
      await a.start();
      await waitFor("the new host", async () => (await a.ask("agent-status")).parts.some(({ host, pid }) => host?.current === true && kept.every((old) => old.host !== pid)));
      await launch();
      expect(await listenerOf(a)).toBe(url);
      for (const { id, pid, viewer } of kept) {
        expect((await a.ask("session-get", { session: { id } })).session).toMatchObject({ state: "running", pid });
        const seen = viewer.next ?? 0;
        await waitFor(`session ${id} is still seen`, () => (viewer.next ?? 0) > seen);
        expect([viewer.closeCode, viewer.faults]).toEqual([undefined, []]);
      }
      if (kept.length <= KEPT) continue;
      const oldest = kept.shift();
      if (oldest === undefined) break;
      await a.ask("session-kill", { sessions: [{ id: oldest.id }], graceMs: 200 });
      expect(await oldest.viewer.until("exit")).toMatchObject({ state: "killed" });
      await waitFor("the old host has left", () => !isAlive(oldest.host));
    }
    expect(a.hosts()).toHaveLength(kept.length);
    expect(connector.failures).toEqual([]);
    expect(connector.made).toBeGreaterThan(upgrades * 20);
    for (const { viewer } of kept) viewer.cut();
  }, 900_000);
});
