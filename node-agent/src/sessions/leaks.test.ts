// Sessions that come and go leave nothing in agent and host: no descriptor, no thread, no memory that grows with them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { bundleAgent, TestAgent } from "../test-agent.ts";
import { view } from "./test-viewer.ts";

let bundle: Awaited<ReturnType<typeof bundleAgent>>;
beforeAll(async () => {
  bundle = await bundleAgent();
});
afterAll(() => bundle[Symbol.dispose]());

const AT_ONCE = 5;
/** Machine code and heaps have their working size after so many. */
const WARM_UP = counts(40, 400);
/** What heaps may still grow to, megabytes: in the usual count they are on their way to that size. */
const ROOM = counts(20, 2);

interface Use {
  readonly descriptors: number;
  readonly threads: number;
  readonly megabytes: number;
}

function useOf(pid: number): Use {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const number = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1]);
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, threads: number("Threads"), megabytes: number("VmRSS") / 1024 };
}

/** The least over a few seconds: what a collection leaves. */
async function settledUse(pid: number): Promise<Use> {
  const seen: Use[] = [];
  for (let look = 0; look < 12; look++) {
    seen.push(useOf(pid));
    await sleep(250);
  }
  const least = (of: (use: Use) => number) => Math.min(...seen.map(of));
  return { descriptors: least(({ descriptors }) => descriptors), threads: least(({ threads }) => threads), megabytes: least(({ megabytes }) => megabytes) };
}

it.skipIf(process.platform !== "linux")("launch, attach, kill and remove, again and again", async () => {
  await using a = await new TestAgent(bundle.program).start();
  const cycle = async () => {
    const { id } = await a.ask("session-launch", { command: ["sh", "-c", "seq 1 500; sleep 800"], cwd: "/" });
    const viewer = await view(a, id, { kind: "attach", mode: "lossless", from: 0 });
    await viewer.prints("500");
    await a.ask("session-kill", { sessions: [{ id }], graceMs: 500 });
    viewer.cut();
    await a.ask("session-rm", { sessions: [{ id }] });
  };
  const cycles = async (count: number) => {
    for (let done = 0; done < count; done += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, cycle));
  };
  await cycles(WARM_UP);
  const pids = [a.pid, a.hosts()[0]?.pid ?? 0];
  const before = await Promise.all(pids.map(settledUse));
  await cycles(counts(60, 1000));
  const after = await Promise.all(pids.map(settledUse));
  for (const [which, now] of after.entries()) {
    const then = before[which] as Use;
    const shown = `${JSON.stringify(then)} → ${JSON.stringify(now)}`;
    if (process.env["FLEET_SHOW"] === "1") console.log(shown);
    expect(now.descriptors, shown).toBeLessThanOrEqual(Math.ceil(then.descriptors * 1.05));
    expect(now.threads, shown).toBeLessThanOrEqual(then.threads);
    expect(now.megabytes, shown).toBeLessThanOrEqual(then.megabytes * 1.05 + ROOM);
  }
  expect(readdirSync(join(a.home, "state/sessions"))).toEqual([]);
  await waitFor("the sockets of sessions are gone", () => readdirSync(join(a.home, "run/s")).length === 0);
}, 900_000);
