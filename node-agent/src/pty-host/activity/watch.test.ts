// What the host says of a real program: reports by their sequence, what looking changes, who is gone, and what a look costs.
import { describe, expect, it } from "vitest";
import { counts, waitFor } from "@fleetwire/shared/testing";
import type { AgentRules } from "@fleetwire/shared/control";
import { foregroundGroup } from "../processes/foreground.ts";
import { TestHost, type Spawned } from "../testing/test-host.ts";

const RULES: AgentRules[] = [{ agent: "x", program: ["sleep", "sh"], screen: [{ name: "asks", match: ["Proceed\\?", "^ *❯ Yes"], state: "blocked", reason: "permission" }] }];

async function activity(host: TestHost, session: Spawned) {
  return (await host.get(session)).activity;
}
const report = (host: TestHost, { id, epoch }: Spawned, state: "working" | "blocked" | "done" | "idle" | "unknown", seq: number, reason?: string) => host.control.call("report", { id, epoch, state, seq, reason });
const becomes = (host: TestHost, session: Spawned, state: string) => waitFor(state, async () => {
  const now = await activity(host, session);
  return now.state === state && now;
}, 15_000);

const frontGroup = (leader: number) => foregroundGroup(leader) ?? 0;

describe.concurrent("a report", () => {
  it("counts by its sequence, is there until the next one, and ends with the session", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("stty raw -echo; cat");
    expect((await report(host, session, "blocked", 20, "permission")).taken).toBe(true);
    expect(await report(host, session, "done", 10)).toMatchObject({ taken: false, activity: { state: "blocked", reason: "permission", evidence: "report" } });
    expect((await report(host, session, "done", 20)).taken).toBe(false);
    const { activity: before } = await report(host, session, "working", 21);
    const { activity: after } = await report(host, session, "done", 22);
    expect(after.seq).toBe((before.seq ?? 0) + 1);
    await host.kill(session);
    await expect(report(host, session, "idle", 23)).rejects.toMatchObject({ code: "not-running" });
  });

  it("of the time to come shuts out no other", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("cat");
    await report(host, session, "blocked", Number.MAX_SAFE_INTEGER);
    await waitFor("the next millisecond", async () => (await report(host, session, "working", Date.now() * 1000)).taken);
    await waitFor("and once more", async () => (await report(host, session, "done", (Date.now() + 120_000) * 1000)).taken);
  });

  it("in any order ends as the newest says", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("stty raw -echo; cat");
    const states = ["working", "blocked", "done", "idle"] as const;
    for (let round = 0; round < counts(20, 500); round++) {
      const reports = Array.from({ length: 6 }, (_, at) => ({ seq: round * 10 + at + 1, state: states[(round * 7 + at * 3) % 4] as "working" })).toSorted((a, b) => ((a.seq * 7919) % 13) - ((b.seq * 7919) % 13));
      for (const { state, seq } of reports) await report(host, session, state, seq);
      expect((await activity(host, session)).state).toBe(reports.find(({ seq }) => seq === round * 10 + 6)?.state);
    }
  });

  it("is over when the program that stood in front is gone, except what it has finished", async () => {
    await using host = await TestHost.start();
    const shell = await host.spawn(["bash", "--norc", "-i"], { env: { PS1: "ready> " } });
    const type = (text: string) => host.control.call("type", { id: shell.id, epoch: shell.epoch, text, enter: true });
    await waitFor("the prompt", async () => (await host.get(shell)).offset > 0);
    await type("cat");
    expect(await becomes(host, shell, "blocked")).toMatchObject({ evidence: "cat waits for a line" });
    await report(host, shell, "blocked", Date.now() * 1000, "login");
    await host.control.call("type", { id: shell.id, epoch: shell.epoch, keys: ["C-d"], enter: false });
    expect(await becomes(host, shell, "idle")).toMatchObject({ evidence: "bash waits for input" });
    await type("cat");
    await becomes(host, shell, "blocked");
    await report(host, shell, "done", Date.now() * 1000);
    process.kill(-frontGroup(shell.pid), "SIGKILL");
    await waitFor("the prompt again", () => frontGroup(shell.pid) === shell.pid);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await activity(host, shell)).toMatchObject({ state: "done", evidence: "report" });
  }, 40_000);
});

describe.concurrent("looking", () => {
  it("changes nothing but what is done", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("stty raw -echo; printf 'working'; cat");
    for (const state of ["working", "blocked", "idle"] as const) {
      await report(host, session, state, Date.now() * 1000);
      const before = await activity(host, session);
      const client = await host.attach(session, {}, { scope: "read" });
      const screen = await host.connect(session, { kind: "screen", format: "text" });
      await screen.snapshot();
      // Selecting with the mouse, scrolling, moving the focus.
      await host.control.call("type", { ...session, data: Buffer.from("\u001b[<0;3;3M\u001b[<32;9;3M\u001b[<0;9;3m\u001b[I\u001b[A").toString("base64"), enter: false } as never);
      client.cut();
      expect(await activity(host, session)).toEqual(before);
    }
    await report(host, session, "done", Date.now() * 1000 + 1);
    await host.attach(session, {}, { scope: "read" });
    expect(await activity(host, session)).toMatchObject({ state: "idle", evidence: "report" });
  });

  it("at the log leaves it unseen: scripts do that", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("stty raw -echo; printf 'working'; cat");
    await report(host, session, "done", 1);
    const log = await host.connect(session, { kind: "log", start: { beginning: true }, follow: true });
    await log.prints("working");
    expect((await activity(host, session)).state).toBe("done");
  });
});

describe.concurrent("rules for the screen", () => {
  it("count on a quiet screen only, while a glyph of it changes, and until it is another one", async () => {
    await using host = await TestHost.start();
    await host.control.call("rules", { agents: RULES });
    const session = await host.spawn(`stty raw -echo; printf 'Proceed?\\r\\n ❯ Yes\\r\\n   No'; for i in 1 2 3; do sleep 0.9; printf '\\033[2;2H '; sleep 0.9; printf '\\033[2;2H❯'; done; printf '\\033[2Jgone on'; exec sleep 600`);
    const first = await becomes(host, session, "blocked");
    expect(first).toMatchObject({ reason: "permission", evidence: "rule asks" });
    const { seq } = first;
    await waitFor("the next screen", async () => (await activity(host, session)).state !== "blocked", 15_000);
    // It was blocked all the while, whatever blinked.
    expect((await activity(host, session)).seq).toBe((seq ?? 0) + 1);
  }, 40_000);

  it("cost a flood nothing, and are right after it", async () => {
    await using host = await TestHost.start();
    await host.control.call("rules", { agents: RULES });
    const session = await host.spawn(`stty raw -echo; i=0; while [ $i -lt ${counts(4_000, 100_000)} ]; do printf 'line %s of much output that nobody reads\\r\\n' $i; i=$((i+1)); done; printf 'Proceed?\\r\\n ❯ Yes\\r\\n'; exec sleep 600`);
    await becomes(host, session, "working");
    expect(await becomes(host, session, "blocked")).toMatchObject({ evidence: "rule asks" });
  }, 40_000);

  it("read the last line of who waits for one key", async () => {
    await using host = await TestHost.start();
    await host.control.call("rules", { agents: [{ agent: "any", program: ["*"], prompt: [{ match: "\\[y/n\\] $", state: "blocked", reason: "question" }] }] });
    const session = await host.spawn(["bash", "-c", `read -r -n1 -p $'\\e[1mGo on?\\e[m [y/n] \\e[?25h' x; printf 'gone on'; read -r -n1`]);
    expect(await becomes(host, session, "blocked")).toMatchObject({ reason: "question", evidence: "rule prompt" });
    await host.control.call("type", { ...session, text: "y", enter: false } as never);
    await becomes(host, session, "working");
    expect(await becomes(host, session, "idle")).toMatchObject({ evidence: "bash waits for input" });
  }, 40_000);

  it("are others when they are told anew", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn(`stty raw -echo; printf 'Proceed?\\r\\n ❯ Yes\\r\\n'; exec cat`);
    await becomes(host, session, "idle");
    await host.control.call("rules", { agents: [{ ...RULES[0] as AgentRules, program: ["cat"] }] });
    await host.control.call("type", { ...session, text: " ", enter: false } as never);
    expect(await becomes(host, session, "blocked")).toMatchObject({ evidence: "rule asks" });
  }, 40_000);
});
