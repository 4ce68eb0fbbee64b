// Real programs on real terminals of a real host: what they ask is answered, whether somebody looks or not.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { TestHost, type Spawned } from "../testing/test-host.ts";

const E = "\u001b";
const ST = `${E}\\`;
const PROGRAM = join(import.meta.dirname, "asking-program.mjs");

let host: TestHost;
beforeAll(async () => {
  host = await TestHost.start();
});
afterAll(() => host[Symbol.asyncDispose]());

let runs = 0;

type Piece = readonly [text: string, times: number];

async function start(questions: readonly (readonly Piece[])[], before = ""): Promise<{ session: Spawned; answers: () => Promise<{ answer: string; ms: number }[]> }> {
  const file = join(host.dir, `answers-${++runs}.json`);
  const session = await host.spawn(["/bin/sh", "-c", `${before}exec "$0" "$@"`, process.execPath, PROGRAM, file, JSON.stringify(questions)]);
  const answers = async () => {
    await waitFor("the answers", () => existsSync(file), 30_000);
    return JSON.parse(readFileSync(file, "utf8")) as { answer: string; ms: number }[];
  };
  return { session, answers };
}

const QUESTIONS: readonly (readonly [string, string])[] = [
  [`${E}[c`, `${E}[?62;22c`],
  [`${E}[>c`, `${E}[>1;277;0c`],
  [`${E}[=c`, `${E}P!|00000000${ST}`],
  [`${E}[>q`, `${E}P>|fleet 0.0.0-test${ST}`],
  [`${E}[5n`, `${E}[0n`],
  [`${E}[2J${E}[H${E}[6n`, `${E}[1;1R`],
  [`${E}[7;11H${E}[?6n`, `${E}[?7;11R`],
  [`${E}[3;20r${E}[?6h${E}[2;1H${E}[6n${E}[?6l${E}[r`, `${E}[2;1R`],
  [`${E}[4;80Hxx${E}[6n`, `${E}[5;2R`],
  [`${E}[4;80Hx${E}[6n`, `${E}[4;80R`],
  [`${E}[?2026$p`, `${E}[?2026;2$y`],
  [`${E}]11;?\u0007`, `${E}]11;rgb:1818/1818/1818\u0007`],
  [`${E}]4;9;?${ST}`, `${E}]4;9;rgb:ffff/0000/0000${ST}`],
  [`${E}[?u`, `${E}[?0u`],
  [`${E}P+q544e${ST}`, `${E}P1+r544E=${Buffer.from("xterm-256color").toString("hex").toUpperCase()}${ST}`],
  [`${E}[0;1;38;2;1;2;3m${E}P$qm${ST}`, `${E}P1$r0;1;38:2::1:2:3m${ST}`],
  [`${E}[2;9r${E}P$qr${ST}`, `${E}P1$r2;9r${ST}`],
  [`${E}[6 q${E}P$q q${ST}`, `${E}P1$r6 q${ST}`],
  [`${E}[18t`, `${E}[8;24;80t`],
  [`${E}[?996n`, `${E}[?997;1n`],
  // A fence behind a question that takes longer.
  [`${E}[H${E}[6n${E}[c`, `${E}[1;1R${E}[?62;22c`],
];

describe("questions of a real program", () => {
  it("are answered while nobody looks", async () => {
    const { answers } = await start(QUESTIONS.map(([question]) => [[question, 1]]));
    const got = await answers();
    expect(got.map(({ answer }) => answer)).toEqual(QUESTIONS.map(([, answer]) => answer));
    // The first one that needs a picture starts the worker.
    expect(got.map(({ ms }) => ms).toSorted((a, b) => b - a)[1]).toBeLessThan(500);
  });

  it("are answered once while two look", async () => {
    const { session, answers } = await start(QUESTIONS.map(([question]) => [[question, 1]]), "sleep 0.3; ");
    await Promise.all([host.attach(session), host.attach(session, { mode: "latest" })]);
    expect((await answers()).map(({ answer }) => answer)).toEqual(QUESTIONS.map(([, answer]) => answer));
  });

  it("say where the cursor is in the middle of much output, while viewers ask for pictures", async () => {
    const line = `${"x".repeat(61)}\r\n`;
    const questions = [12, 3, 55].map((column): readonly Piece[] => [[line, 10_000], [`${E}[2;${column}Hab${E}[6n${E}[H`, 1], [line, 10_000]]);
    const { session, answers } = await start(questions, "sleep 0.3; ");
    let done = false;
    const looking = Promise.all(Array.from({ length: 6 }, async () => {
      while (!done) await (await host.connect(session, { kind: "screen", format: "text" })).snapshot();
    }));
    const said = (await answers()).map(({ answer }) => answer);
    done = true;
    await looking;
    expect(said).toEqual([`${E}[2;14R`, `${E}[2;5R`, `${E}[2;57R`]);
  });

  it("give no answer to what nobody may know, and none after the end", async () => {
    const { answers } = await start([[[`${E}]2;reboot\u0007${E}[21t${E}]52;c;?\u0007\u0005${E}[c`, 1]]]);
    expect((await answers())[0]?.answer).toBe(`${E}[?62;22c`);
    const ended = await host.spawn(`printf '${"\\033[6n\\033[c".repeat(20)}'`);
    expect((await host.ended(ended)).exit).toEqual({ code: 0 });
  });

  it("come between two pastes, not into one", async () => {
    const file = join(host.dir, "pasted");
    // It asks when it has read the beginning of a paste; the rest is longer than the terminal takes at once.
    const session = await host.spawn(`stty raw -echo; printf '\\033[?2004h'; head -c 100 > ${file}; printf '\\033[c'; sleep 0.5; head -c 29921 >> ${file}`);
    await waitFor("bracketed paste", async () => (await host.get(session)).offset >= 8);
    const text = "paste\n".repeat(5_000);
    await host.control.call("type", { id: session.id, epoch: session.epoch, text, enter: false });
    await host.ended(session);
    const pasted = readFileSync(file, "latin1");
    const end = pasted.indexOf(`${E}[201~`);
    expect(pasted.slice(0, end)).toBe(`${E}[200~${text.replaceAll("\n", "\r")}`);
    expect(pasted.slice(end)).toContain(`${E}[?62;22c`);
  });
});

const has = (program: string) => spawnSync(program, ["--version"]).status === 0;

describe("programs that nobody looks at", () => {
  it.skipIf(!has("vim"))("vim hears what terminal it has", async () => {
    const file = join(host.dir, "vim-heard");
    const session = await host.spawn(["vim", "-u", "NONE", "-i", "NONE", "-N", "-c", `autocmd TermResponse * call writefile([v:termresponse], "${file}") | qall!`]);
    const { startedAt, endedAt } = await host.ended(session);
    expect(readFileSync(file, "latin1").trim()).toBe(`${E}[>1;277;0c`);
    expect((endedAt ?? 0) - startedAt).toBeLessThan(3_000);
  });

  it.skipIf(!has("less"))("less shows its file", async () => {
    const session = await host.spawn(["less", "/etc/passwd"]);
    const screen = async () => (await (await host.connect(session, { kind: "screen", format: "text" })).snapshot()).bytes.toString();
    await waitFor("the file", async () => (await screen()).includes("root:"), 3_000);
    await host.control.call("type", { id: session.id, epoch: session.epoch, text: "q", enter: false });
    expect((await host.ended(session)).exit).toEqual({ code: 0 });
  });

  it.skipIf(!has("fish"))("fish gets to its prompt and runs a command", async () => {
    const session = await host.spawn(["fish", "--private", "--no-config"], { env: { HOME: host.dir, XDG_CONFIG_HOME: host.dir, XDG_DATA_HOME: host.dir } });
    await host.control.call("type", { id: session.id, epoch: session.epoch, text: "exit 7", enter: true });
    const { exit, startedAt, endedAt } = await host.ended(session);
    expect(exit).toEqual({ code: 7 });
    expect((endedAt ?? 0) - startedAt).toBeLessThan(4_000);
  });
});

describe("what a program says", () => {
  it("is in its record, and told as it happens", async () => {
    const session = await host.spawn(`printf '\\033]2;my title\\007\\033]9;all done\\007\\007\\033]133;C\\007'; read -r x; printf '\\033]133;D;3\\007\\033]133;A\\007'; read -r x`);
    const record = await waitFor("the bell", async () => {
      const now = await host.get(session);
      return now.lastBellAt !== undefined && now;
    });
    expect(record).toMatchObject({ title: "my title", notification: { text: "all done" }, activity: { state: "working", evidence: "osc133" } });
    const told = () => host.control.events.flatMap((event) => (event.event === "signal" && event.id === session.id ? [event.signal] : []));
    await waitFor("the events", () => told().length >= 4);
    expect(told().map(({ kind, text }) => [kind, text])).toEqual([["title", "my title"], ["notification", "all done"], ["bell", undefined], ["prompt", "C"]]);
    await host.control.call("type", { id: session.id, epoch: session.epoch, enter: true });
    await waitFor("the prompt", async () => (await host.get(session)).activity.state === "idle");
    expect(told().at(-2)).toMatchObject({ kind: "prompt", text: "D", code: 3 });
    // What a person types at the prompt is no work.
    await host.control.call("type", { id: session.id, epoch: session.epoch, text: "abc", enter: false });
    await waitFor("the echo", async () => (await host.get(session)).offset > (told().at(-1)?.offset ?? 0));
    expect((await host.get(session)).activity).toMatchObject({ state: "idle", evidence: "osc133" });
  });
});
