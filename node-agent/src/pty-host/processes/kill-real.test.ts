// What real programs do to get away, and that a kill takes them all the same: gone within the grace and a second.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { processStart } from "../process-identity.ts";
import { TestHost, type Spawned } from "../testing/test-host.ts";
import { findGroupParent, groupMembers } from "./session-group.ts";

const GRACE_MS = 300;

/** Each prints `P<pid>E` for everything that has to be gone. */
const ESCAPES: readonly { readonly what: string; readonly argv: readonly string[]; readonly prints: number; readonly needsGroup?: boolean }[] = [
  { what: "nohup and setsid", argv: ["sh", "-c", "nohup setsid sleep 600 >/dev/null 2>&1 & echo P$!E; wait"], prints: 1 },
  { what: "a double fork with a session of its own", argv: ["sh", "-c", "(setsid sh -c 'sleep 601 >/dev/null 2>&1 & echo P$!E' &); sleep 602"], prints: 1 },
  { what: "a double fork that cleared its environment", argv: ["sh", "-c", "(setsid env -i /bin/sh -c '/bin/sleep 603 >/dev/null 2>&1 & echo P$!E' &); sleep 604"], prints: 1, needsGroup: true },
  { what: "such a one that ignores TERM and HUP and goes on forking", argv: ["sh", "-c", `(setsid env -i /bin/sh -c 'trap "" TERM HUP; echo P$$E; while :; do /bin/sleep 0.05; done' &); sleep 604`], prints: 1, needsGroup: true },
  { what: "a shell with background jobs", argv: ["bash", "--norc", "-ic", "sleep 605 & echo P$!E; sleep 606 & echo P$!E; (sleep 607 & echo P$!E); wait"], prints: 3 },
  { what: "a bash that ignores TERM", argv: ["bash", "-c", "trap '' TERM HUP INT; echo P$$E; while :; do sleep 0.1; done"], prints: 1 },
  { what: "a stopped process", argv: ["sh", "-c", "sleep 608 & echo P$!E; kill -STOP $!; setsid sleep 609 & echo P$!E; sleep 0.05; kill -STOP $!; wait"], prints: 2 },
  { what: "a leader that stopped itself", argv: ["sh", "-c", "echo P$$E; kill -STOP $$; sleep 610"], prints: 1 },
  { what: "200 children", argv: ["sh", "-c", "for i in $(seq 200); do sleep 611 & echo P$!E; done; wait"], prints: 200 },
];

const stillThere = (pids: readonly number[]) => pids.filter((pid) => processStart(pid) !== undefined);

async function pidsOf(host: TestHost, session: Spawned, count: number): Promise<number[]> {
  const viewer = await host.attach(session, { from: 0 });
  await waitFor(`${count} pids`, () => (viewer.text.match(/P\d+E/g) ?? []).length >= count);
  viewer.cut();
  return [...viewer.text.matchAll(/P(\d+)E/g)].map(([, pid]) => Number(pid));
}

const groupOf = ({ dir }: Spawned) => (JSON.parse(readFileSync(`${dir}/life.json`, "utf8")) as { group?: string }).group;
const hasGroups = findGroupParent() !== undefined;

describe("kill", () => {
  it.each(ESCAPES.filter(({ needsGroup }) => hasGroups || needsGroup !== true))("takes $what", async ({ argv, prints }) => {
    await using host = await TestHost.start({ spawnHelper: true });
    for (let round = 0; round < counts(1, 50); round++) {
      const session = await host.spawn([...argv]);
      const pids = await pidsOf(host, session, prints);
      const group = groupOf(session);
      const from = performance.now();
      const answer = await host.kill(session, "TERM", GRACE_MS);
      const took = performance.now() - from;
      expect(stillThere(pids)).toEqual([]);
      expect(answer).toMatchObject({ running: false, exit: { signal: expect.any(String) as string } });
      expect(took).toBeLessThan(GRACE_MS + 1_000);
      if (group !== undefined) expect(existsSync(group)).toBe(false);
      await host.control.call("forget", { id: session.id, epoch: session.epoch });
    }
  }, 600_000);

  it("is told only when all of it is gone, not when its leader is", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn(["sh", "-c", "(trap '' TERM HUP; exec sleep 620) & echo P$!E; exec sleep 621"]);
    const [child = 0] = await pidsOf(host, session, 1);
    const killed = host.kill(session, "TERM", 600);
    await waitFor("the leader is gone", () => processStart(session.pid) === undefined);
    expect([processStart(child) !== undefined, (await host.get(session)).running]).toEqual([true, true]);
    await killed;
    await waitFor("the event", () => host.control.events.some(({ event }) => event === "ended"));
    expect(stillThere([child])).toEqual([]);
  });
});

describe.skipIf(!hasGroups)("a session's control group", () => {
  it("holds the session from its first instruction on, and goes with it", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn("cat /proc/self/cgroup; echo P$$E; sleep 622");
    await pidsOf(host, session, 1);
    const group = groupOf(session) ?? "";
    expect(groupMembers(group)).toContain(session.pid);
    expect((await host.log(session)).text).toContain(`fleet-${session.epoch}`);
    await host.control.call("type", { id: session.id, epoch: session.epoch, keys: ["C-c"], enter: false });
    await host.ended(session);
    expect(existsSync(group)).toBe(false);
  });

  it("stays while a daemon that outlives the session's own end is in it", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn("setsid sleep 623 >/dev/null 2>&1 & echo P$!E; sleep 0.2");
    const [daemon = 0] = await pidsOf(host, session, 1);
    await host.ended(session);
    expect(groupMembers(groupOf(session) ?? "")).toEqual([daemon]);
    process.kill(daemon, "SIGKILL");
    await waitFor("the daemon is gone", () => processStart(daemon) === undefined);
    await host.control.call("forget", { id: session.id, epoch: session.epoch });
    expect(existsSync(groupOf(session) ?? "")).toBe(false);
  });
});
