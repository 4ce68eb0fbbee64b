// A node whose disk is full, read-only or taken away (R8): sessions go on, nothing is half done, and it recovers by itself.
import { mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canMount, readOnly, SmallDisk, waitFor } from "@fleetwire/shared/testing";
import { bundleAgent, isAlive, TestAgent } from "./test-agent.ts";

const mountable = canMount();
let bundle: Awaited<ReturnType<typeof bundleAgent>>;
beforeAll(async () => {
  bundle = await bundleAgent();
});
afterAll(() => bundle[Symbol.dispose]());

const sh = (script: string) => ({ command: ["sh", "-c", script], cwd: "/" });
const SIZE = 6 * 1024 * 1024;

/** An agent with its whole home on a small disk. */
async function onSmallDisk(): Promise<{ a: TestAgent; disk: SmallDisk } & AsyncDisposable> {
  const path = mkdtempSync(join(tmpdir(), "fw-"));
  const disk = new SmallDisk(path, SIZE);
  const a = new TestAgent(bundle.program, {}, path);
  return {
    a,
    disk,
    async [Symbol.asyncDispose]() {
      disk.free();
      await a[Symbol.asyncDispose]().catch(() => undefined);
      disk[Symbol.dispose]();
      rmdirSync(path);
    },
  };
}

const state = async (a: TestAgent, id: number) => (await a.ask("session-get", { session: { id } })).session;
const warnings = async (a: TestAgent) => (await a.ask("agent-status")).warnings.join("\n");
/** Milliseconds of CPU that a process has used. */
const cpu = (pid: number) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

describe.skipIf(!mountable)("a full disk under the whole home", () => {
  it("a message is refused, or known to be there; what is there can be read, and is marked when there is space", async () => {
    await using at = await onSmallDisk();
    const { a, disk } = at;
    await a.start();
    const { id } = await a.ask("message-send", { people: true, text: "before" });
    disk.fill();
    let said: { id: string } | undefined;
    const taken: string[] = [];
    // What is left in the last page of the journal may have room for some.
    const refused = await waitFor("it is refused", async () => {
      const { body } = await a.raw<{ id: string }>("message-send", { people: true, text: "x".repeat(10_000) });
      said = body;
      if (body.error === undefined) taken.push(body.id);
      return body.error;
    });
    expect(refused, JSON.stringify(said)).toMatchObject({ code: "disk" });
    expect((await a.ask("message-inbox", {})).messages.map((message) => message.id)).toEqual([id, ...taken]);
    disk.free();
    expect(await waitFor("there is space again", () => a.ask("message-ack", { ids: [id] }).catch(() => undefined))).toEqual({ read: 1 });
    await a.end("SIGKILL");
    await a.start();
    expect((await a.ask("message-inbox", { unread: true })).messages.map((message) => message.id)).toEqual(taken);
  });

  it("a launch is refused in one line and leaves nothing, what runs goes on, ends are known at once and kept afterwards", async () => {
    await using at = await onSmallDisk();
    const { a, disk } = at;
    await a.start();
    const stays = await a.ask("session-launch", { ...sh("stty -echo; while read x; do echo got $x; done"), name: "stays" });
    const ends = await a.ask("session-launch", sh("read x; exit 5"));
    const killed = await a.ask("session-launch", sh("sleep 100"));
    disk.fill();
    const refused = await a.raw("session-launch", { ...sh("sleep 100"), name: "refused" }, { "fleet-operation": "full-disk-launch-0001" });
    expect(refused.body.error).toMatchObject({ code: "disk", message: expect.stringMatching(/^no space left on [^\n]*$/) as string });
    expect((await a.ask("session-list")).sessions.map(({ id }) => id)).toEqual([stays.id, ends.id, killed.id]);
    await waitFor("it is said", async () => /no space left/.test(await warnings(a)));
    expect((await a.ask("node-get")).warning).toMatch(/no space left/);

    await a.ask("session-send", { session: { id: ends.id }, text: "x", enter: true }, { "fleet-operation": "full-disk-send-00001" });
    await waitFor("the end is known", async () => (await state(a, ends.id)).exit?.code === 5);
    const answer = await a.ask("session-kill", { sessions: [{ id: killed.id }], graceMs: 100 }, { "fleet-operation": "full-disk-kill-00001" });
    expect(answer.killed).toMatchObject([{ id: killed.id, state: "killed" }]);
    const again = await a.ask("session-kill", { sessions: [{ id: killed.id }], graceMs: 100 }, { "fleet-operation": "full-disk-kill-00001" });
    expect(again).toEqual(answer);

    const before = cpu(a.pid);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(cpu(a.pid) - before).toBeLessThan(600);

    disk.free();
    await waitFor("it recovers", async () => !/no space/.test(await warnings(a)));
    expect((await a.ask("node-get")).warning).toBeUndefined();
    expect((await a.ask("session-launch", { ...sh("sleep 100"), name: "refused" })).id).toBeGreaterThan(killed.id);
    await a.end("SIGKILL");
    await a.start();
    expect(await state(a, ends.id)).toMatchObject({ state: "exited", exit: { code: 5 } });
    expect(await state(a, killed.id)).toMatchObject({ state: "killed" });
    expect(await state(a, stays.id)).toMatchObject({ state: "running", pid: stays.pid });
  });

  it("an agent that is started there lists what runs and lets it be used; what it can't do it says", async () => {
    await using at = await onSmallDisk();
    const { a, disk } = at;
    await a.start();
    const stays = await a.ask("session-launch", { ...sh("stty -echo; while read x; do echo got $x; done"), name: "stays" });
    const ends = await a.ask("session-launch", sh("read x; exit 6"));
    // With its journal gone the database can't even be opened.
    await a.end("SIGTERM");
    disk.fill();
    await a.start();
    expect((await a.ask("session-list")).sessions).toMatchObject([{ id: stays.id, name: "stays", state: "running", pid: stays.pid }, { id: ends.id, state: "running" }]);
    expect(await warnings(a)).toMatch(/no space left/);
    expect((await a.raw("session-launch", sh("sleep 100"))).body.error?.code).toBe("disk");
    expect((await a.ask("session-view", { session: { id: stays.id }, clientKey: (await a.ask("node-get")).key })).session.id).toBe(stays.id);
    await a.ask("session-send", { session: { id: ends.id }, text: "x", enter: true });
    await waitFor("the end is known", async () => (await state(a, ends.id)).exit?.code === 6);
    disk.free();
    await waitFor("it recovers", async () => !/no space/.test(await warnings(a)));
    await a.end("SIGKILL");
    await a.start();
    expect(await state(a, ends.id)).toMatchObject({ state: "exited", exit: { code: 6 } });
    expect((await a.ask("session-launch", sh("sleep 100"))).id).toBeGreaterThan(ends.id);
  });
});

describe.skipIf(!mountable)("a state directory that has become read-only", () => {
  it("sessions are listed, used and ended; the end is kept when it can be written again", async () => {
    const a = new TestAgent(bundle.program);
    try {
      await a.start();
      const stays = await a.ask("session-launch", { ...sh("sleep 100"), name: "stays" });
      const ends = await a.ask("session-launch", sh("read x; exit 7"));
      await a.end("SIGKILL");
      {
        using _shut = readOnly(join(a.home, "state"));
        await a.start();
        expect(await a.run()).toMatchObject({ code: 1, stderr: expect.stringContaining("runs already") as string });
        expect((await a.ask("session-list")).sessions).toMatchObject([{ id: stays.id, state: "running", pid: stays.pid }, { id: ends.id, state: "running" }]);
        expect(await warnings(a)).toMatch(/read-only/);
        expect((await a.raw("session-launch", sh("sleep 100"))).body.error).toMatchObject({ code: "disk", message: expect.stringContaining("read-only") as string });
        expect((await a.raw("session-rm", { sessions: [{ id: stays.id }] })).body.error?.code).toBe("still-running");
        await a.ask("session-send", { session: { id: ends.id }, text: "x", enter: true });
        await waitFor("the end is known", async () => (await state(a, ends.id)).exit?.code === 7);
        expect((await a.raw("session-rm", { sessions: [{ id: ends.id }] })).body.error?.code).toBe("disk");
      }
      await waitFor("it recovers", async () => !/read-only/.test(await warnings(a)));
      await a.end("SIGKILL");
      await a.start();
      expect(await state(a, ends.id)).toMatchObject({ state: "exited", exit: { code: 7 } });
      expect(await state(a, stays.id)).toMatchObject({ state: "running" });
      expect(isAlive(stays.pid ?? 0)).toBe(true);
    } finally {
      await a[Symbol.asyncDispose]();
    }
  });
});
