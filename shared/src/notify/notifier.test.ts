import { createHmac, timingSafeEqual } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventRecord } from "../bus/index.ts";
import type { NotifyRule } from "../config/index.ts";
import { waitFor } from "../testing/index.ts";
import { createNotifier, parseStatuses, readNote, readRules, targetText, type Notifier } from "./index.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
let directory: string;
let cleanups: (() => unknown)[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fnt-"));
  writeFileSync(join(directory, "secret"), `${SECRET}\n`, { mode: 0o600 });
  cleanups = [];
});
afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
  rmSync(directory, { recursive: true, force: true });
});

const results: { rule: string; ok: boolean; reason?: string; count: number }[] = [];
beforeEach(() => void results.splice(0));

async function notifier(rules: readonly NotifyRule[], env: Record<string, string> = {}, platform: NodeJS.Platform = "linux"): Promise<Notifier> {
  const made = createNotifier({
    rules: readRules(rules, (path) => join(directory, path)),
    directory: join(directory, "notify"),
    env: { PATH: process.env["PATH"] ?? "", ...env },
    platform,
    onResult: (rule, sent, { count }) => void results.push({ rule, ...sent, count }),
    onError: (error) => results.push({ rule: "?", ok: false, reason: String(error), count: 0 }),
  });
  cleanups.push(() => made[Symbol.asyncDispose]());
  return made;
}
/** Timers that only a signal holds are collected: what was to end by one would hang. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
const statusOf = (rule: string) => parseStatuses(readNote(join(directory, "notify"), "status.json"))[rule];
const waiting = () => readdirSync(join(directory, "notify/outbox")).filter((name) => name.endsWith(".json")).length;

let seq = 0;
function event(more: object = {}): EventRecord {
  const at = new Date().toISOString();
  const session = {
    target: "box:7", node: "box", id: 7, name: "build", tags: ["team=red"], command: ["make"], cwd: "/", workspace: null, runtime: "host", state: "exited", exit: { code: 3 }, activity: { state: "unknown", at },
    pid: 1, size: { cols: 80, rows: 24 }, attached: 0, createdAt: at, startedAt: at, endedAt: at, lastOutputAt: null, outputBytes: 0,
  };
  return EventRecord.parse({ kind: "session-ended", node: "box", key: `U${"A".repeat(55)}`, at, history: { epoch: "e", seq: ++seq }, session, ...more });
}
const offer = (to: Notifier, one = event()) => to.offer(one, { epoch: "e", seq: one.history?.seq ?? 0 });

interface Post {
  readonly id: string;
  readonly body: { count: number; events: { history: { seq: number } }[] };
  readonly text: string;
  readonly signature: string;
  readonly timestamp: string;
}
/** As docs/events.md shows it. */
function isGenuine({ text, signature, timestamp }: Pick<Post, "text" | "signature" | "timestamp">, secret: string): boolean {
  const expected = Buffer.from(`v1=${createHmac("sha256", secret).update(`${timestamp}.${text}`).digest("hex")}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected) && Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
}

/** @param answer by the number of the request, from 0 */
async function receiver(answer: (n: number, response: ServerResponse) => void) {
  const posts: Post[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const header = (name: string) => String(request.headers[name]);
      posts.push({ id: header("fleet-id"), body: JSON.parse(text) as Post["body"], text, signature: header("fleet-signature"), timestamp: header("fleet-timestamp") });
      answer(posts.length - 1, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { posts, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}
const ok = (response: ServerResponse) => void response.writeHead(204).end();

describe("webhooks", () => {
  it("are signed, and what was changed on the way is found out", async () => {
    const { posts, url } = await receiver((_n, response) => ok(response));
    offer(await notifier([{ name: "hook", webhook: url, secret_file: "secret" }]));
    const post = await waitFor("the post", () => posts[0]);
    expect(post.body).toMatchObject({ rule: "hook", count: 1, events: [{ kind: "session-ended", session: { target: "box:7" } }] });
    expect(isGenuine(post, SECRET)).toBe(true);
    expect(isGenuine({ ...post, text: post.text.replace("box:7", "box:8") }, SECRET)).toBe(false);
    expect(isGenuine({ ...post, timestamp: String(Number(post.timestamp) - 1) }, SECRET)).toBe(false);
    expect(isGenuine(post, "another secret of that length")).toBe(false);
    await waitFor("its success is known", () => statusOf("hook")?.sent === 1 && statusOf("hook")?.waiting === 0);
    expect(waiting()).toBe(0);
  });

  it("are tried again with the same id until they arrive; a redirect is no arrival", async () => {
    const { posts, url } = await receiver((n, response) => {
      if (n === 0) response.writeHead(500).end("no");
      else if (n === 1) response.writeHead(302, { location: "http://127.0.0.1:1/elsewhere" }).end();
      else if (n === 2) response.destroy();
      else ok(response);
    });
    offer(await notifier([{ name: "hook", webhook: url }]));
    await waitFor("the fourth attempt", () => posts.length === 4 && statusOf("hook")?.sent === 1, 20_000);
    expect(new Set(posts.map(({ id }) => id)).size).toBe(1);
    expect(new Set(posts.map(({ text }) => text)).size).toBe(1);
    expect(results.map(({ reason }) => reason)).toEqual(["status 500", "status 302: redirects are not followed", "ECONNRESET", undefined]);
  }, 30_000);

  it("wait as long as the receiver says, and hold up no other rule", async () => {
    const busy = await receiver((_n, response) => void response.writeHead(429, { "retry-after": "3600" }).end());
    const hanging = await receiver(() => undefined);
    const good = await receiver((_n, response) => ok(response));
    const to = await notifier([
      { name: "busy", webhook: busy.url },
      { name: "hanging", webhook: hanging.url, timeout: 0.3 },
      { name: "good", webhook: good.url },
    ]);
    offer(to);
    await waitFor("the hanging one has been asked", () => hanging.posts.length > 0);
    collectGarbage();
    await waitFor("the hanging one was given its time, twice", () => results.filter(({ rule, reason }) => rule === "hanging" && reason === "no answer within 0.3 s").length >= 2, 20_000);
    offer(to);
    await waitFor("both arrived at the good one", () => good.posts.flatMap(({ body }) => body.events).length === 2);
    await waitFor("both were refused by the busy one", () => results.filter(({ rule }) => rule === "busy").length === 2);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(busy.posts).toHaveLength(2);
    const { nextAt } = JSON.parse(readFileSync(join(directory, "notify/outbox", `${busy.posts[0]?.id}.json`), "utf8")) as { nextAt: number };
    expect(nextAt).toBeGreaterThan(Date.now() + 3_000_000);
  }, 30_000);

  it("outlive the process: what did not arrive is told by the next one, under its id", async () => {
    let isUp = false;
    const { posts, url } = await receiver((_n, response) => (isUp ? ok(response) : void response.writeHead(503).end()));
    const rules = [{ name: "hook", webhook: url }];
    const first = await notifier(rules);
    const one = event();
    offer(first, one);
    await waitFor("one attempt", () => posts.length > 0);
    await first[Symbol.asyncDispose]();
    expect(waiting()).toBe(1);
    isUp = true;
    const again = await notifier(rules);
    expect(again.cursor).toEqual({ epoch: "e", seq: one.history?.seq });
    await waitFor("it arrived", () => statusOf("hook")?.sent === 1);
    expect(waiting()).toBe(0);
    expect(new Set(posts.map(({ id }) => id)).size).toBe(1);
    expect(statusOf("hook")).toMatchObject({ lastFailure: { reason: "status 503" } });
  });

  it("bring every event of a flood, in a few posts", async () => {
    const { posts, url } = await receiver((_n, response) => ok(response));
    const to = await notifier([{ name: "hook", webhook: url }]);
    const events = Array.from({ length: 500 }, () => event());
    for (const one of events) offer(to, one);
    await waitFor("all", () => posts.flatMap(({ body }) => body.events).length >= 500);
    expect(posts.length).toBeLessThanOrEqual(10);
    expect(posts.flatMap(({ body }) => body.events.map(({ history }) => history.seq)).toSorted((a, b) => a - b)).toEqual(events.map(({ history }) => history?.seq));
  });
});

describe("the desktop", () => {
  function fakeNotifySend(name = "notify-send"): { env: Record<string, string>; bubbles: () => string[][] } {
    const bin = mkdtempSync(join(directory, "bin-"));
    const said = join(bin, "said");
    writeFileSync(join(bin, name), `#!${process.execPath}\nrequire("fs").appendFileSync(${JSON.stringify(said)}, JSON.stringify(process.argv.slice(2)) + "\\n")\n`);
    chmodSync(join(bin, name), 0o755);
    return { env: { PATH: bin }, bubbles: () => (existsSync(said) ? readFileSync(said, "utf8").trim().split("\n").map((line) => JSON.parse(line) as string[]) : []) };
  }

  it("gets one bubble for an event, and few for a flood that counts them all", async () => {
    const { env, bubbles } = fakeNotifySend();
    const to = await notifier([{ name: "me", desktop: true, kinds: ["session-ended"] }], env);
    offer(to, event({ kind: "session-changed" }));
    offer(to);
    await waitFor("a bubble", () => bubbles().length === 1);
    expect(bubbles()[0]).toEqual(["--app-name=fleet", "--", "fleet: me", "session-ended  box:7 build  exited 3"]);
    for (let n = 0; n < 500; n++) offer(to);
    await waitFor("another one", () => bubbles().length === 2);
    expect(bubbles()[1]?.[2]).toBe("fleet: me (500)");
    expect(bubbles()[1]?.[3]).toMatch(/^495 more\n/);
  });

  it("shows what a program says as text: no markup, no option, no control character", async () => {
    const { env, bubbles } = fakeNotifySend();
    const to = await notifier([{ name: "me", desktop: true }], env);
    offer(to, event({ session: undefined, kind: "terminal-signal", about: { id: 7, name: null, tags: [] }, signal: { session: 7, kind: "notification", text: "<b>\u001b[31m--urgency=critical & $(id)", offset: 0, at: 0 } }));
    await waitFor("a bubble", () => bubbles().length === 1);
    expect(bubbles()[0]?.[3]).toBe("terminal-signal  box:7  notification: &lt;b&gt; [31m--urgency=critical &amp; $(id)");
  });

  it("of a Mac gets the words as arguments of a script that is always the same", async () => {
    const { env, bubbles } = fakeNotifySend("osascript");
    offer(await notifier([{ name: "me", desktop: true }], env, "darwin"), event({ session: undefined, reason: '" & do shell script "id' }));
    await waitFor("a bubble", () => bubbles().length === 1);
    expect(bubbles()[0]?.slice(-2)).toEqual(["fleet: me", 'session-ended  " & do shell script "id']);
    expect(bubbles()[0]?.slice(0, -2).join(" ")).not.toContain("shell script");
  });

  it("that has no such program is a failure that is said", async () => {
    offer(await notifier([{ name: "me", desktop: true }], { PATH: directory }));
    await waitFor("it is known", () => statusOf("me")?.lastFailure?.reason === "there is no program notify-send");
    expect(waiting()).toBe(0);
  });
});

describe("commands", () => {
  it("get the events on stdin and the newest in the environment; so many run at once", async () => {
    const out = join(directory, "out");
    const to = await notifier([{ name: "log", command: ["sh", "-c", `cat >> ${out}; echo "$FLEET_EVENT_KIND $FLEET_EVENT_TARGET $FLEET_EVENT_STATE $FLEET_EVENT_COUNT" >> ${out}.env`] }]);
    offer(to);
    offer(to);
    await waitFor("it ran", () => statusOf("log")?.sent === 1);
    expect(readFileSync(out, "utf8").trim().split("\n").map((line) => (JSON.parse(line) as EventRecord).session?.target)).toEqual(["box:7", "box:7"]);
    expect(readFileSync(`${out}.env`, "utf8")).toBe("session-ended box:7 exited 2\n");
  });

  it("that take too long are ended with what they started; that fail are said with their last words; none runs twice", async () => {
    const to = await notifier([
      { name: "slow", command: ["sh", "-c", `sleep 100 & echo $! > ${directory}/child; wait`], timeout: 0.3 },
      { name: "bad", command: ["sh", "-c", `echo x >> ${directory}/runs; yes | head -c 100000; echo oh no >&2; exit 4`] },
    ]);
    offer(to);
    await waitFor("both failed", () => statusOf("slow")?.failed === 1 && statusOf("bad")?.failed === 1);
    expect(statusOf("slow")?.lastFailure?.reason).toBe("not done within 0.3 s");
    expect(statusOf("bad")?.lastFailure?.reason).toBe("exit 4: oh no");
    expect(readFileSync(join(directory, "runs"), "utf8")).toBe("x\n");
    const child = Number(readFileSync(join(directory, "child"), "utf8"));
    await waitFor("what it started is gone", () => {
      try {
        return !process.kill(child, 0);
      } catch {
        return true;
      }
    });
  });
});

describe("rules", () => {
  const read = (rule: Partial<NotifyRule>) => () => readRules([{ name: "r", ...rule }], (path) => join(directory, path));
  it("that can't be meant are refused with their name", () => {
    expect(read({})).toThrow(/\[\[notify\]\] r: one of desktop, webhook and command/);
    expect(read({ desktop: true, webhook: "https://x/" })).toThrow(/one of/);
    expect(read({ webhook: "http://example.com/" })).toThrow(/https/);
    expect(read({ webhook: "https://u:p@example.com/" })).toThrow(/secret_file/);
    expect(read({ webhook: "https://example.com/", secret_file: "nowhere" })).toThrow(/can't be read/);
    chmodSync(join(directory, "secret"), 0o644);
    expect(read({ webhook: "https://example.com/", secret_file: "secret" })).toThrow(/open to other users/);
  });
  it("don't show where a webhook goes to in full", () => {
    const [rule] = read({ webhook: "https://hooks.example.com/T0/B0/secret" })();
    expect(targetText(rule as never)).toBe("webhook https://hooks.example.com/…");
  });
  it("are told by one process at a time", async () => {
    await notifier([{ name: "me", desktop: true }]);
    writeFileSync(join(directory, "notify/pid"), String(process.ppid));
    await expect(notifier([{ name: "me", desktop: true }])).rejects.toMatchObject({ code: "agent-running" });
  });
});
