import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { TestHost } from "../testing/test-host.ts";

describe("a program that doesn't read", () => {
  it("costs no CPU, says queued, and everything else goes on", async () => {
    await using host = await TestHost.start();
    const stuck = await host.spawn("stty raw -echo; echo ready; exec sleep 600");
    await waitFor("ready", async () => (await host.get(stuck)).offset > 0);
    const other = await host.spawn("cat");
    const text = Buffer.alloc(128 * 1024, "z").toString("base64");
    const receipt = await host.control.call("send", { id: stuck.id, epoch: stuck.epoch, data: text, enter: true, force: true });
    expect(receipt).toMatchObject({ receipt: "queued", bytes: 128 * 1024 + 1 });
    const viewer = await host.attach(stuck);
    viewer.type(0, Buffer.alloc(1024 * 1024, "w"));
    await sleep(300);
    const before = process.cpuUsage();
    await sleep(2000);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6 / 2, "of a core").toBeLessThan(0.05);
    const answer = await host.control.call("type", { id: other.id, epoch: other.epoch, text: "hello", enter: true });
    expect(answer.receipt).toBe("written");
    await waitFor("the echo", async () => (await host.get(other)).offset >= 12);
    viewer.say({ type: "detach" });
    await waitFor("the detach", () => viewer.closeCode === 1000);
    expect(await host.kill(stuck)).toMatchObject({ running: false, exit: { signal: "SIGTERM" } });
  });
});

describe("typing as a person would", () => {
  const READER = "stty raw -echo; printf 'READY\\033[?%s'; dd bs=1 count=%d 2>/dev/null | od -An -tx1 -v | tr -d ' \\n'; echo; read x";
  const script = (mode: string, count: number) => READER.replace("%s", mode).replace("%d", String(count));

  async function typed(mode: string, count: number, input: { text?: string; keys?: string[]; enter: boolean }): Promise<string> {
    await using host = await TestHost.start();
    const session = await host.spawn(script(mode, count));
    await waitFor("ready", async () => (await host.get(session)).offset >= 5 + 3 + mode.length);
    await host.control.call("type", { id: session.id, epoch: session.epoch, ...input });
    const viewer = await host.attach(session, { from: 0 });
    await waitFor("the bytes", () => new RegExp(`[0-9a-f]{${count * 2}}`).test(viewer.text.slice(8)));
    return Buffer.from(new RegExp(`[0-9a-f]{${count * 2}}`).exec(viewer.text.slice(8))?.[0] ?? "", "hex").toString();
  }

  it("a line, and Enter as CR", async () => expect(await typed("7h", 6, { text: "hello", enter: true })).toBe("hello\r"));
  it("several lines are a paste where the program asked for that", async () => expect(await typed("2004h", 16, { text: "a\nb", enter: true })).toBe("\u001b[200~a\rb\u001b[201~\r"));
  it("a paste can't end itself", async () => expect(await typed("2004h", 16, { text: "a\u001b[201~\nb", enter: true })).toBe("\u001b[200~a\rb\u001b[201~\r"));
  it("several lines are keystrokes where it did not", async () => expect(await typed("7h", 4, { text: "a\nb", enter: true })).toBe("a\rb\r"));
  it("keys by name", async () => expect(await typed("7h", 15, { keys: ["C-c", "M-x", "Up", "F5", "Tab", "Space", "é"], enter: false })).toBe("\u0003\u001bx\u001b[A\u001b[15~\t é"));
  it("cursor keys in application mode", async () => expect(await typed("1h", 6, { keys: ["Up", "Left"], enter: false })).toBe("\u001bOA\u001bOD"));

  it("an unknown key types nothing; an ended session is an error", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("read x");
    const one = { id: session.id, epoch: session.epoch };
    await expect(host.control.call("type", { ...one, text: "x", keys: ["Nope"], enter: true })).rejects.toMatchObject({ code: "bad-input" });
    await host.control.call("type", { ...one, enter: true });
    await host.ended(session);
    await expect(host.control.call("type", { ...one, text: "x", enter: true })).rejects.toMatchObject({ code: "not-running" });
  });
});

describe("what overtakes (D8)", () => {
  it("keys, interrupt and signal don't wait behind bulk input", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("trap 'echo GOT-INT' INT; trap 'echo GOT-USR1' USR1; echo ready; while :; do sleep 0.05; done");
    await waitFor("ready", async () => (await host.get(session)).offset > 0);
    const viewer = await host.attach(session, { from: 0 });
    viewer.type(0, Buffer.alloc(200_000, "q"));
    viewer.say({ type: "interrupt" });
    await viewer.prints("GOT-INT");
    viewer.say({ type: "signal", signal: "USR1" });
    await viewer.prints("GOT-USR1");
  });
});
