// What a session shows and has printed, asked of a real agent in bounded answers.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InputOf, OutputOf, sessionOutput } from "@fleetwire/shared/bus";
import type { SessionId } from "@fleetwire/shared/ids";
import { stripEscapes } from "@fleetwire/shared/plain";
import { waitFor } from "@fleetwire/shared/testing";
import { bundleAgent, TestAgent } from "../test-agent.ts";

/** What a message on NATS may have. */
const MESSAGE = 256 * 1024;

describe("looking at a session without a connection of its own", () => {
  let bundle: Awaited<ReturnType<typeof bundleAgent>>;
  let agent: TestAgent;
  beforeAll(async () => {
    bundle = await bundleAgent();
    agent = await new TestAgent(bundle.program).start();
  }, 60_000);
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    bundle[Symbol.dispose]();
  });

  async function launch(script: string, more: object = {}): Promise<SessionId> {
    return (await agent.ask("session-launch", { command: ["sh", "-c", script], cwd: "/", ...more })).id;
  }
  const ended = (id: SessionId) => waitFor("its end", async () => (await agent.ask("session-wait", { session: { id }, until: "exit", waitMs: 5_000 })).met, 30_000);
  const sealed = (answer: unknown) => Buffer.byteLength(JSON.stringify(JSON.stringify(answer)));

  type Output = OutputOf<typeof sessionOutput>;
  async function readAll(id: SessionId, more: Partial<InputOf<typeof sessionOutput>> = {}, until: (page: Output) => boolean = ({ ended: over }) => over): Promise<Output[]> {
    const pages: Output[] = [];
    let start: InputOf<typeof sessionOutput>["start"] = { beginning: true };
    for (;;) {
      const page: Output = await agent.ask("session-output", { session: { id }, start, ...more });
      expect(sealed(page)).toBeLessThan(MESSAGE);
      expect(page.from).toBe(pages.at(-1)?.next ?? page.from);
      pages.push(page);
      if (until(page)) return pages;
      start = { offset: page.next };
    }
  }

  it("shows a screen, its modes and what it is doing, alive and ended", async () => {
    const id = await launch("printf '\\033[?2004h\\033]0;a title\\007one\\r\\n\\033[31mtwo\\033[m'; read line", { size: { cols: 30, rows: 5 } });
    const screen = await waitFor("two", async () => {
      const now = await agent.ask("session-screen", { session: { id }, cells: true });
      return now.lines[1] === "two" && now;
    });
    expect(screen).toMatchObject({ size: { cols: 30, rows: 5 }, title: "a title", modes: { bracketedPaste: true, alternateScreen: false }, cursor: { row: 1, col: 3 }, next: null, total: 5, session: { id, state: "running" } });
    expect(screen.rows?.[1]).toEqual({ runs: [{ text: "two", width: 3, fg: 1 }] });
    await agent.ask("session-kill", { sessions: [{ id }] });
    await agent.end("SIGKILL");
    await agent.start();
    expect(await agent.ask("session-screen", { session: { id } })).toMatchObject({ lines: ["one", "two"], offset: screen.offset, session: { state: "killed" } });
  });

  it("pages a screen of 1000 × 1000 through messages that fit", async () => {
    const id = await launch("i=0; while [ $i -lt 1000 ]; do i=$((i+1)); printf '\\033[38;5;%dm%-990d\\033[m\\r\\n' $((i%256)) $i; done; exec cat", { size: { cols: 1000, rows: 1000 } });
    await waitFor("the last line", async () => (await agent.ask("session-output", { session: { id }, start: { tailLines: 2 } })).text?.includes("1000"));
    const lines: string[] = [];
    for (let from: number | null = 0; from !== null; ) {
      const page: Awaited<ReturnType<typeof agent.ask<"session-screen">>> = await agent.ask("session-screen", { session: { id }, from, scrollback: 1 });
      expect(sealed(page)).toBeLessThan(MESSAGE);
      lines.push(...page.lines);
      from = page.next;
    }
    expect(lines.map((line) => Number(line))).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1));
  });

  it("gives all output in order, nothing lost or twice, as text and as bytes", async () => {
    const id = await launch("i=0; while [ $i -lt 3000 ]; do i=$((i+1)); printf '\\033[3%dmline %d \"漢字\" \\\\ 👍\\033]0;t%d\\007\\033[m\\r\\n' $((i%8)) $i $i; done");
    await ended(id);
    const raw = Buffer.concat((await readAll(id, { format: "raw" })).map(({ data }) => Buffer.from(data ?? "", "base64")));
    const expected = stripEscapes(raw.toString());
    expect(expected.split("\n")).toHaveLength(3001);
    for (const maxBytes of [777, 20_000, undefined]) {
      const pages = await readAll(id, maxBytes === undefined ? {} : { maxBytes });
      expect(pages.map(({ text }) => text).join("")).toBe(expected);
      expect(pages.every(({ gap }) => gap === null)).toBe(true);
    }
    expect((await agent.ask("session-output", { session: { id }, start: { tailLines: 2 } })).text).toBe(expected.split("\n").slice(-3).join("\n"));
    expect(Buffer.from((await agent.ask("session-output", { session: { id }, start: { tailBytes: 10 }, format: "raw" })).data ?? "", "base64")).toEqual(raw.subarray(-10));
  });

  it("follows a session that prints, by asking again", async () => {
    const id = await launch("for i in 1 2 3 4 5 6 7 8 9 10; do printf 'half '; sleep 0.05; printf '\\033['; sleep 0.05; printf '1mline %d\\n' $i; done");
    const pages = await readAll(id, { waitMs: 5_000 });
    expect(pages.map(({ text }) => text).join("")).toBe(Array.from({ length: 10 }, (_, n) => `half line ${n + 1}\n`).join(""));
    expect(pages.length).toBeGreaterThan(3);
  });

  it("waits no longer than asked where nothing comes", async () => {
    const id = await launch("exec cat");
    const began = performance.now();
    const page = await agent.ask("session-output", { session: { id }, waitMs: 300 });
    expect(performance.now() - began).toBeGreaterThan(250);
    expect(page).toMatchObject({ from: 0, next: 0, text: "", gap: null, ended: false });
  });

  it("says once what the log no longer has", async () => {
    const id = await launch("head -c 300000000 /dev/zero | tr '\\0' x; echo end");
    await ended(id);
    const first = await agent.ask("session-output", { session: { id }, start: { offset: 10 } });
    expect(first.gap).toMatchObject({ from: 10, to: first.from, reason: "rotated" });
    expect(first.from).toBe(first.log.start);
    expect((await agent.ask("session-output", { session: { id }, start: { offset: first.next } })).gap).toBeNull();
  }, 60_000);

  it("finds lines of running and ended sessions, newest session first, page by page", async () => {
    const one = await launch("echo findable one; printf '\\033[31mfind\\033[mable two\\r\\n'");
    await ended(one);
    await sleep(20);
    const since = Date.now();
    const two = await launch("echo a findable three; exec cat", { name: "finder", tags: ["red"] });
    const pattern = { text: "findable", kind: "fixed" as const };
    const found = await waitFor("all three", async () => {
      const page = await agent.ask("session-search", { pattern });
      // Times are written a moment after what was printed.
      return page.matches.length === 3 && page.matches.every(({ at }) => at !== null) && page;
    });
    expect(found.matches).toMatchObject([{ session: two, target: `test:${two}`, name: "finder", line: "a findable three", ranges: [[2, 10]] }, { session: one, line: "findable one" }, { session: one, line: "findable two" }]);
    expect(Date.parse(found.matches[0]?.at ?? "")).toBeGreaterThanOrEqual(since - 1_000);
    expect(found.next).toBeNull();
    const lines: string[] = [];
    let cursor: (typeof found)["next"] = null;
    do {
      const page: typeof found = await agent.ask("session-search", { pattern, limit: 1, ...(cursor === null ? {} : { cursor }) });
      lines.push(...page.matches.map(({ line }) => line));
      cursor = page.next;
    } while (cursor !== null);
    expect(lines).toEqual(found.matches.map(({ line }) => line));
    const only = async (more: object) => (await agent.ask("session-search", { pattern, ...more })).matches.map(({ session }) => session);
    expect(await only({ filter: { tags: ["red"] } })).toEqual([two]);
    expect(await only({ sessions: [{ id: one }] })).toEqual([one, one]);
    expect(await only({ sinceMs: since })).toEqual([two]);
    await expect(agent.ask("session-search", { pattern, sessions: [{ id: 999 }] })).rejects.toMatchObject({ code: "unknown-session" });
    await expect(agent.ask("session-search", { pattern: { text: "(a", kind: "regex" } })).rejects.toMatchObject({ code: "bad-input" });
  });
});
