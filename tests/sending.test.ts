// What is sent arrives once and as it was meant, through NATS and across the death of an agent; refusals say why.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { counts, waitFor } from "../shared/src/testing/index.ts";
import { bringUp, isAlive, type Machine, machine, root } from "./machines.ts";

const READER = join(root, "node-agent/src/pty-host/testing/raw-reader.py");
const SENDS = counts(12, 200);
const LONG_TEST = counts(60_000, 600_000);

const bytesIn = (file: string) => Buffer.concat(existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1).map((line) => Buffer.from(line.split(" ")[1] ?? "", "hex")) : []);
const agentPid = (one: Machine) => Number(readFileSync(join(one.home, "state/agent.pid"), "utf8"));

describe("two nodes and a hub", () => {
  let a: Machine;
  let b: Machine;

  beforeAll(async () => {
    [a, b] = [machine(), machine()];
    await bringUp(a, "a", { b });
  });
  afterAll(async () => {
    for (const one of [b, a]) await one[Symbol.asyncDispose]();
  });

  it(`a program on the other node that starts slowly gets ${SENDS} of ${SENDS} texts, several typing at once`, { timeout: LONG_TEST }, async () => {
    const file = join(b.home, "reads");
    await a.ok("launch", "--on", "b", "--name", "slow", "--", "python3", READER, file, "1.5", "1", "0.2");
    const texts = Array.from({ length: SENDS }, (_, at) => `<${at}>${at % 3 === 0 ? "zwei\nZeilen ☃ \u001b[A" : randomBytes(6).toString("hex")}`);
    const meant = texts.map((text) => `${text.includes("\n") ? `\u001b[200~${text.replaceAll("\n", "\r")}\u001b[201~` : text}\r`);
    await Promise.all([0, 1].map(async (sender) => {
      for (const text of texts.filter((_, at) => at % 2 === sender)) expect(await a.ok("send", "b:slow", text)).toMatch(/^(written|queued): /);
    }));
    await waitFor("all of them", () => bytesIn(file).length >= Buffer.byteLength(meant.join("")));
    const got = bytesIn(file).toString();
    for (const one of meant) expect(got.split(one).length, JSON.stringify(one)).toBe(2);
    expect(Buffer.byteLength(got)).toBe(Buffer.byteLength(meant.join("")));
  });

  it("a large file stays in one piece while others type", { timeout: LONG_TEST }, async () => {
    const [file, large] = [join(b.home, "large"), join(a.home, "source")];
    writeFileSync(large, "x".repeat(400_000));
    await a.ok("launch", "--on", "b", "--name", "large", "--", "python3", READER, file, "0", "0", "0");
    const sent = a.ok("send", "b:large", "--file", large);
    await waitFor("its beginning", () => bytesIn(file).length > 0);
    await a.ok("send", "b:large", "other", "--no-enter");
    expect(await sent).toBe("written: 400000 bytes to b:2");
    await waitFor("all of it", () => bytesIn(file).length >= 400_005);
    expect(bytesIn(file).toString()).toBe(`${"x".repeat(400_000)}other`);
  });

  it("the other node's agent is killed while the program starts: asked again, typed once", { timeout: LONG_TEST }, async () => {
    const file = join(b.home, "away");
    await a.ok("launch", "--on", "b", "--name", "away", "--", "python3", READER, file, "4", "0", "0");
    const sent = a.ok("send", "b:away", "only once");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const agent = agentPid(b);
    process.kill(agent, "SIGKILL");
    await waitFor("its end", () => !isAlive(agent));
    await b.ok("up");
    expect(await sent).toMatch(/^(written|queued): 10 bytes/);
    await a.ok("send", "b:away", "--no-enter", "|");
    await waitFor("the end", () => bytesIn(file).toString().endsWith("|"));
    expect(bytesIn(file).toString()).toBe("only once\r|");
  });

  it("an agent that is killed while the program starts: typed once, and the command hears of it", { timeout: LONG_TEST }, async () => {
    const file = join(a.home, "once");
    await a.ok("launch", "--name", "once", "--", "python3", READER, file, "3", "0", "0");
    const sent = a.ok("send", "a:once", "only once");
    await waitFor("it waits", async () => (await a.fleet("status", "a:once")).code === 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(bytesIn(file).length).toBe(0);
    const agent = agentPid(a);
    process.kill(agent, "SIGKILL");
    await waitFor("its end", () => !isAlive(agent));
    expect(await sent).toMatch(/^(written|queued): 10 bytes/);
    await a.ok("send", "a:once", "--no-enter", "|");
    await waitFor("the end", () => bytesIn(file).toString().endsWith("|"));
    expect(bytesIn(file).toString()).toBe("only once\r|");
  });
});

describe("a megabyte to a program that doesn't read (R4)", () => {
  it("is said to be queued; others are served, Ctrl-C throws it away, kill works", { timeout: LONG_TEST }, async () => {
    await using one = machine();
    await one.ok("up", "--name", "one");
    const file = join(one.home, "mb");
    writeFileSync(file, "z".repeat(1_000_000));
    await one.ok("launch", "--name", "stuck", "--", "sh", "-c", "stty raw -echo; trap 'echo GOT-INT' INT; while :; do sleep 0.1; done");
    await one.ok("launch", "--name", "other", "--", "sh");
    const sent = one.json<{ receipt: string; bytes: number }>("send", "stuck", "--file", file, "--force");
    expect(await one.ok("send", "other", "--observed", "echo $((6*7))")).toMatch(/^observed: /);
    expect(await sent).toMatchObject({ receipt: "queued", bytes: 1_000_000 });
    expect(await one.fleet("send", "stuck", "--observed", "--timeout", "0.5", "--force", "x")).toMatchObject({ code: 124, stdout: expect.stringMatching(/^queued: /) as string });
    expect(await one.fleet("send", "stuck", "--interrupt")).toMatchObject({ code: 0, stderr: expect.stringContaining("SIGINT was sent") as string });
    await waitFor("the interrupt", async () => (await one.ok("logs", "stuck")).includes("GOT-INT"));
    await one.ok("kill", "stuck", "--grace", "1");
  });

  it("refuses what was not meant, with a code of its own", { timeout: LONG_TEST }, async () => {
    await using one = machine();
    await one.ok("up", "--name", "one");
    await one.ok("launch", "--name", "asks", "--", "sh", "-c", "printf 'Overwrite? '; read answer; echo got $answer; exec sleep 600");
    await waitFor("the question", async () => (await one.ok("screen", "asks")).includes("Overwrite?"));
    expect(await one.fleet("send", "asks", "--expect", "/Delete/", "y")).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("its last lines are: Overwrite?") as string });
    const { offset } = await one.json<{ offset: number }>("screen", "asks");
    expect(await one.ok("send", "asks", "--expect", "/overwrite/i", "--expect-offset", String(offset), "y")).toMatch(/^written: 2 bytes/);
    await waitFor("the answer", async () => (await one.ok("screen", "asks")).includes("got y"));
    expect(await one.fleet("send", "asks", "--expect-offset", String(offset), "z")).toMatchObject({ code: 1, stderr: expect.stringContaining(`since offset ${offset}`) as string });
    await one.ok("launch", "--name", "busy", "--", "sh", "-c", "while :; do echo x; sleep 0.2; done");
    expect(await one.fleet("send", "busy", "--when-idle", "--timeout", "1", "x")).toMatchObject({ code: 124, stdout: "", stderr: expect.stringMatching(/nothing was typed: one:2 is (working|unknown).*not idle/) as string });
    expect(await one.fleet("send", "busy", "--interrupt", "text")).toMatchObject({ code: 2 });
    expect(await one.fleet("send", "busy", "--when-idle", "--when", "blocked", "text")).toMatchObject({ code: 2 });
  });
});
