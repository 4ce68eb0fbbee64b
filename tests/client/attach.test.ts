// A terminal as a stream in somebody else's process: every byte, in bounded memory, over what happens meanwhile.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { machine, type Machine } from "../machines.ts";
import { Project } from "./project.ts";

const MB = 1024 * 1024;
/** About 50 MB. */
const LINES = 6_000_000;

/** What `seq` prints, as a terminal has it. */
function printed(lines: number): { bytes: number; sha: string } {
  const hash = createHash("sha256");
  let bytes = 0;
  for (let at = 1; at <= lines; at += 10_000) {
    const text = Array.from({ length: Math.min(10_000, lines - at + 1) }, (_, n) => `${at + n}\r\n`).join("");
    hash.update(text);
    bytes += text.length;
  }
  return { bytes, sha: hash.digest("hex") };
}

describe("a terminal as a Node stream", () => {
  let project: Project;
  let a: Machine;
  beforeAll(async () => {
    a = machine();
    [project] = await Promise.all([Project.make(), a.ok("up", "--name", "a")]);
  });
  afterAll(async () => {
    await a[Symbol.asyncDispose]();
    project[Symbol.dispose]();
  });

  async function answers<T>(name: string, script: string): Promise<T> {
    project.write(name, `import { connect } from "@fleetwire/client";\n${script}`);
    const { code, stdout, stderr } = await project.run(name, a.env);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    return JSON.parse(stdout) as T;
  }

  it("50 MB through a pipeline with a slow reader: byte-exact, little memory, and the program doesn't wait", async () => {
    const { bytes, sha, heldMb, printedWhileStill, ended } = await answers<{ bytes: number; sha: string; heldMb: number; printedWhileStill: number; ended: unknown }>(
      "slow.mjs",
      `
import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const fleet = await connect();
const session = await fleet.launch({ command: ["sh", "-c", "read go; seq 1 ${LINES}"] });
const terminal = await session.attach({ from: 0, size: { cols: 200, rows: 50 } });
const held = () => { collect(); return process.memoryUsage().arrayBuffers; };
const before = held();
let [bytes, most, printedWhileStill, echo] = [0, 0, 0, Buffer.alloc(0)];
const hash = createHash("sha256");
const slow = new Writable({
  highWaterMark: 64 * 1024,
  async write(chunk, _encoding, done) {
    // The terminal's echo of the first line comes first.
    if (echo !== undefined) {
      echo = Buffer.concat([echo, chunk]);
      const at = echo.indexOf("go\\r\\n");
      if (at < 0) return done();
      chunk = echo.subarray(at + 4);
      echo = undefined;
    }
    if (bytes === 0 && chunk.length > 0) {
      while ((await session.record()).state === "running") await sleep(50);
      printedWhileStill = (await session.record()).outputBytes;
    }
    if (Math.floor(bytes / ${MB}) !== Math.floor((bytes + chunk.length) / ${MB})) {
      await sleep(5);
      most = Math.max(most, held() - before);
    }
    bytes += chunk.length;
    hash.update(chunk);
    done();
  },
});
terminal.write("go\\n");
await pipeline(terminal, slow);
process.stdout.write(JSON.stringify({ bytes, sha: hash.digest("hex"), heldMb: most / ${MB}, printedWhileStill, ended: terminal.ended }));
await fleet.close();`,
    );
    const expected = printed(LINES);
    expect({ bytes, sha, ended }).toEqual({ ...expected, ended: { state: "exited", exit: { code: 0 } } });
    expect(bytes).toBeGreaterThan(45 * MB);
    expect(printedWhileStill).toBeGreaterThanOrEqual(bytes);
    expect(heldMb).toBeLessThan(8);
  }, 90_000);

  it("the agent killed and the connection cut midway: both directions go on exactly", async () => {
    const target = await a.ok("launch", "--quiet", "--name", "through", "--dir", a.home, "--", "sh", "-c", "stty raw -echo; echo ready; head -c 3000000 | tee got; sleep 0.2");
    const agent = (await a.json<{ pid: number }>("up")).pid;
    const { sent, heard, cuts } = await answers<{ sent: string; heard: string; cuts: number[] }>(
      "cut.mjs",
      `
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { connect as dial, Socket } from "node:net";
const fleet = await connect();
const session = fleet.session(${JSON.stringify(target)});
await session.wait(/ready/);
// Every connection of this process, so that they can be cut as a network cuts them.
const sockets = new Set();
const emit = Socket.prototype.emit;
Socket.prototype.emit = function (event, ...args) { sockets.add(this); return emit.call(this, event, ...args); };
const terminal = await session.attach({ from: 0 });
const cuts = [0, 0];
terminal.on("lost", () => cuts[0]++);
terminal.on("resumed", (unsure) => (cuts[1] += 1 + unsure));
const [sent, heard] = [createHash("sha256"), createHash("sha256")];
const all = Buffer.from(Array.from({ length: 300_000 }, (_, n) => String(n).padStart(9, "0") + "\\n").join(""));
sent.update(all);
function* input() { for (let at = 0; at < all.length; at += 10_000) yield all.subarray(at, at + 10_000); }
let skip = "ready\\n".length, count = 0, next = 300_000;
terminal.on("data", (bytes) => {
  const fresh = bytes.subarray(Math.min(skip, bytes.length));
  skip -= bytes.length - fresh.length;
  heard.update(fresh);
  count += fresh.length;
  if (count < next) return;
  if (next === 300_000) process.kill(${agent}, "SIGKILL");
  next += 600_000;
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});
const over = new Promise((resolve) => terminal.once("exit", resolve));
await pipeline(Readable.from(input()), terminal, { end: false });
await over;
process.stdout.write(JSON.stringify({ sent: sent.digest("hex"), heard: heard.digest("hex"), cuts }));
await fleet.close();`,
    );
    expect(heard).toBe(sent);
    expect(createHash("sha256").update(readFileSync(join(a.home, "got"))).digest("hex")).toBe(sent);
    expect(cuts[0]).toBeGreaterThanOrEqual(1);
    expect(cuts[1]).toBe(cuts[0]);
  }, 60_000);

  it("signals end every wait, nothing of it stays, and the process ends by itself", async () => {
    const { outcomes, resources } = await answers<{ outcomes: Record<string, string>; resources: string[] }>(
      "signals.mjs",
      `
import { setTimeout as sleep } from "node:timers/promises";
const fleet = await connect();
const session = await fleet.launch({ command: ["sh", "-c", "echo hello; cat"] });
const outcomes = {};
async function aborted(name, work) {
  const stop = new AbortController();
  const wait = work(stop.signal).then(() => "ended", (error) => error.code);
  await sleep(150);
  stop.abort();
  outcomes[name] = await wait;
}
const drain = async (iterable) => { for await (const _ of iterable); };
await aborted("wait", (signal) => session.wait("exit", { signal }));
await aborted("pattern", (signal) => session.wait(/never/, { signal, timeoutMs: 60_000 }));
await aborted("logs", (signal) => drain(session.logs({ follow: true, signal })));
await aborted("lines", (signal) => drain(session.lines({ follow: true, signal })));
await aborted("events", (signal) => drain(fleet.events({ signal })));
await aborted("attach", async (signal) => drain(await session.attach({ signal })));
await aborted("run", (signal) => fleet.run({ command: ["sleep", "1000"], signal }));
await aborted("call", (signal) => fleet.call("session-wait", { session: { id: session.known.id }, until: "exit", waitMs: 20_000 }, { signal }));
for (const name of ["record", "screen", "send", "kill", "restart", "remove", "attach"]) {
  outcomes["late " + name] = await session[name](...(name === "send" ? ["x"] : []), ...[{ signal: AbortSignal.abort() }]).then(() => "ended", (error) => error.code);
}
outcomes.timeout = await session.wait("exit", { timeoutMs: 100 }).then(() => "ended", (error) => error.code);
for await (const line of session.lines({ follow: true })) { outcomes.line = line; break; }
const terminal = await session.attach();
const read = drain(terminal);
terminal.write("typed and left\\r");
await session.wait(/typed and left/);
await terminal.detach();
outcomes.detached = await read.then(() => "ended", (error) => error.code);
await (await session.attach()).detach();
const one = new AbortController();
const many = Promise.allSettled(Array.from({ length: 30 }, () => session.wait("exit", { signal: one.signal })));
await sleep(100);
one.abort();
outcomes.many = [...new Set((await many).map(({ reason }) => reason.code))].join();
outcomes.gone = (await fleet.sessions({ states: ["running"] })).map(({ command }) => command[0]).join();
outcomes.killed = (await session.kill()).state;
// What is still under way ends with the client.
const other = await fleet.launch({ command: ["cat"] });
const left = await other.attach();
const underWay = { reading: drain(left), logs: drain(other.logs({ follow: true })), wait: other.wait(), pattern: other.wait(/never/), events: drain(fleet.events()), call: fleet.call("session-wait", { session: { id: other.known.id }, until: "exit", waitMs: 20_000 }) };
const ends = Object.entries(underWay).map(async ([name, work]) => (outcomes["closed " + name] = await work.then(() => "ended", (error) => error.code)));
await sleep(200);
await fleet.close();
await Promise.all(ends);
outcomes["closed late"] = await fleet.nodes().then(() => "asked", (error) => error.code);
outcomes["closed record"] = await session.record().then(() => "asked", (error) => error.code);
await sleep(50);
process.stdout.write(JSON.stringify({ outcomes, resources: process.getActiveResourcesInfo().filter((name) => !/^(PipeWrap|TTYWrap|FSReqCallback|Immediate)$/.test(name)) }));`,
    );
    expect(outcomes).toEqual({
      wait: "cancelled",
      pattern: "cancelled",
      logs: "ended",
      lines: "ended",
      events: "ended",
      attach: "cancelled",
      run: "cancelled",
      call: "cancelled",
      ...Object.fromEntries(["record", "screen", "send", "kill", "restart", "remove", "attach"].map((name) => [`late ${name}`, "cancelled"])),
      detached: "ended",
      "closed reading": "ended",
      "closed logs": "ended",
      "closed wait": "cancelled",
      "closed pattern": "cancelled",
      "closed events": "cancelled",
      "closed call": "cancelled",
      "closed late": "cancelled",
      "closed record": "cancelled",
      many: "cancelled",
      timeout: "timeout",
      line: "hello",
      gone: "sh",
      killed: "killed",
    });
    expect(resources).toEqual([]);
  }, 60_000);
});
