// Typing under conditions, and receipts that claim nothing that wasn't seen.
import { describe, expect, it } from "vitest";
import type { Activity } from "@fleetwire/shared/control";
import { waitFor } from "@fleetwire/shared/testing";
import { TestHost, type Spawned } from "../testing/test-host.ts";
import { matches } from "./expected.ts";
import { allowedNow } from "./when.ts";

const send = (host: TestHost, { id, epoch }: Spawned, input: Partial<Parameters<typeof host.control.call<"send">>[1]>) => host.control.call("send", { id, epoch, enter: true, ...input });
const shows = (host: TestHost, session: Spawned) => waitFor("its output", async () => (await host.get(session)).offset > 0);
const RAW = "stty raw -echo; printf ready;";

describe("when it waits for its next input", () => {
  const activity = (state: Activity["state"], reason?: string): Activity => ({ state, ...(reason === undefined ? {} : { reason }), evidence: "test", at: new Date().toISOString() });
  it.each([
    ["idle", undefined, true], ["done", undefined, true], ["working", undefined, false], ["unknown", undefined, false], ["blocked", "input", true],
  ] as const)("%s %s: typed %s", (state, reason, typed) => expect(allowedNow({ when: "idle" }, activity(state, reason), 0)).toBe(typed));
  it.each(["permission", "question", "login", undefined])("blocked on %s is refused, unless forced or meant", (reason) => {
    const blocked = activity("blocked", reason);
    expect(() => allowedNow({ when: "idle" }, blocked, 0)).toThrow(expect.objectContaining({ code: "not-ready", message: `nothing was typed: it is blocked (${reason === undefined ? "" : `${reason}; `}test)` }) as Error);
    expect(allowedNow({ when: "idle", force: true }, blocked, 0)).toBe(true);
    expect(allowedNow({ when: "blocked" }, blocked, 0)).toBe(true);
    expect(allowedNow({}, blocked, 0)).toBe(true);
  });
  it("what it was before the last input says nothing", () => {
    expect(allowedNow({ when: "idle" }, { state: "idle", at: new Date(Date.now() - 1000).toISOString() }, Date.now())).toBe(false);
  });

  it("a program that works is left alone for the time, and typed to when it has stopped", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn(`${RAW} for i in 1 2 3 4 5 6 7 8 9 10; do printf .; sleep 0.3; done; exec od -An -tx1 -w1`);
    expect(await send(host, session, { text: "x", when: "idle", waitMs: 500 })).toMatchObject({ receipt: "rejected", bytes: 0, activity: { state: expect.stringMatching(/unknown|working/) as string } });
    expect(await send(host, session, { text: "y", enter: false, when: "idle", waitMs: 20_000 })).toMatchObject({ receipt: "written" });
    const viewer = await host.attach(session, { from: 0 });
    await viewer.prints(" 79");
    expect(viewer.text).not.toContain(" 78");
    expect(viewer.text).toContain("..........");
  }, 40_000);
});

describe("only to the screen that was meant", () => {
  it("a pattern that matches, or not: the error shows the last lines", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn("printf 'Trust \\033[31mthis\\033[m folder? [y/N] '; read x; echo got $x; read y");
    await shows(host, session);
    await expect(send(host, session, { text: "y", expect: { pattern: "Overwrite", flags: "" } })).rejects.toMatchObject({ code: "screen-changed", message: expect.stringContaining("Trust this folder? [y/N]") as string });
    expect((await send(host, session, { text: "y", expect: { pattern: "^trust this", flags: "im" } })).receipt).toBe("written");
    await waitFor("the answer", async () => (await host.attach(session, { from: 0 })).prints("got y").then(() => true));
  });

  it("an offset that it is still at, or not", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn(`${RAW} dd bs=1 count=1 2>/dev/null; exec cat`);
    await shows(host, session);
    const { offset } = await host.get(session);
    expect((await send(host, session, { text: "a", enter: false, at: offset })).receipt).toBe("written");
    await waitFor("the echo", async () => (await host.get(session)).offset > offset);
    await expect(send(host, session, { text: "b", enter: false, at: offset })).rejects.toMatchObject({ code: "screen-changed", message: expect.stringContaining(`since offset ${offset}`) as string });
    expect((await host.get(session)).offset).toBe(offset + 1);
  });

  it("what was typed before has to be read first", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn(`${RAW} sleep 1; exec dd bs=1 count=4`);
    await shows(host, session);
    const early = await send(host, session, { text: "abc", force: true, enter: false });
    expect(early.receipt).toBe("written");
    await expect(send(host, session, { text: "d", force: true, enter: false, at: 5 })).rejects.toMatchObject({ code: "screen-changed", message: expect.stringContaining("abc") as string });
    const stuck = await host.spawn(`${RAW} exec sleep 600`);
    await shows(host, stuck);
    await send(host, stuck, { text: "abc", force: true, enter: false });
    await expect(send(host, stuck, { text: "d", force: true, enter: false, at: 5 })).rejects.toMatchObject({ code: "not-ready" });
  });

  it("a screen that never stands still is never the one that was meant, and nothing is typed", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn("stty -echo; while :; do echo here; done");
    await shows(host, session);
    const { code } = await send(host, session, { text: "x", force: true, expect: { pattern: "nowhere", flags: "" } }).catch((error: { code: string }) => error) as { code: string };
    expect(code).toBe("screen-changed");
  });

  it("a pattern without end is stopped, and one that is none is an error", () => {
    expect(() => matches({ pattern: "^(a+)+$", flags: "" }, `${"a".repeat(60)}b`)).toThrow(expect.objectContaining({ code: "bad-input" }) as Error);
    expect(() => matches({ pattern: "(", flags: "" }, "x")).toThrow(expect.objectContaining({ code: "bad-input" }) as Error);
    expect(matches({ pattern: "^b$", flags: "m" }, "a\nb\n")).toBe(true);
  });
});

describe.each([{ spawnHelper: true, by: "fleet-spawn" }, { spawnHelper: false, by: "stty" }])("observed, by $by", ({ spawnHelper }) => {
  it("is a program that took it and printed", async () => {
    await using host = await TestHost.start({ spawnHelper });
    const session = await host.spawn(["python3", "-q"]);
    expect(await send(host, session, { text: "6*7", observeMs: 10_000 })).toMatchObject({ receipt: "observed" });
  });

  it("is not the terminal's own echo, nor a program that reads and says nothing", async () => {
    await using host = await TestHost.start({ spawnHelper });
    const echoes = await host.spawn("exec sleep 600");
    expect(await send(host, echoes, { text: "x", force: true, enter: false, observeMs: 700 })).toMatchObject({ receipt: "written" });
    expect((await host.get(echoes)).offset).toBeGreaterThan(0);
    const silent = await host.spawn(`${RAW} exec cat > /dev/null`);
    await shows(host, silent);
    expect(await send(host, silent, { text: "x", observeMs: 700 })).toMatchObject({ receipt: "written" });
    const stuck = await host.spawn(`${RAW} while :; do printf .; sleep 0.05; done`);
    await shows(host, stuck);
    expect((await send(host, stuck, { text: "x", force: true, observeMs: 700 })).receipt).not.toBe("observed");
  });
});

describe("an interrupt (D8)", () => {
  const bulk = Buffer.alloc(128 * 1024, "z").toString("base64");
  const fill = async (host: TestHost, session: Spawned) => {
    for (let at = 0; at < 8; at++) await host.control.call("type", { id: session.id, epoch: session.epoch, data: bulk, enter: false });
  };

  it.each(["stty -icanon -echo", "stty -echo", "stty raw -echo"])("reaches a program that doesn't read, with a megabyte queued: %s", async (terminal) => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn(`trap 'printf GOT-INT; sleep 1' INT; ${terminal}; printf ready; while :; do sleep 0.05; done`);
    await shows(host, session);
    const queued = send(host, session, { data: bulk, enter: false, force: true, observeMs: 4_000 });
    await fill(host, session);
    expect(await send(host, session, { keys: ["C-c"], enter: false })).toMatchObject({ receipt: "written" });
    await (await host.attach(session, { from: 0 })).prints("GOT-INT");
    // A terminal that collects lines takes, and loses, what is too long for one.
    expect((await queued).receipt).toBe(terminal === "stty -echo" ? "written" : "rejected");
  });

  it("ends a paste that was begun: what follows is a key", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn("stty raw -echo; printf 'ready\\033[?2004h'; sleep 1; exec od -An -c -v -w1");
    await waitFor("the mode", async () => (await host.get(session)).offset >= 13);
    const paste = send(host, session, { text: `${"a\n".repeat(60_000)}`, enter: true, force: true });
    await paste;
    expect(await send(host, session, { keys: ["Escape"], enter: false, urgent: true })).toMatchObject({ receipt: expect.stringMatching(/written|queued/) as string });
    const viewer = await host.attach(session, { from: 0 });
    const END = ["033", "[", "2", "0", "1", "~", "033"];
    await waitFor("the end", () => viewer.text.replaceAll(/\s+/g, " ").includes(END.join(" ")), 20_000);
    expect(viewer.text.replaceAll(/\s+/g, " ").trim().endsWith(END.join(" "))).toBe(true);
  }, 40_000);
});
