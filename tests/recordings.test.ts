// What a session printed, as a recording: made by a real node, played by us and by asciinema.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { counts, waitFor } from "../shared/src/testing/index.ts";
import { machine, type Machine } from "./machines.ts";
import { Tmux } from "./tmux.ts";

type Event = readonly [number, string, string];

/** What a full-screen program switches on, and questions to the terminal that a replay must not ask. */
const EVERYTHING_ON = "\\033[?1049h\\033[?1003h\\033[?1006h\\033[?2004h\\033[?1h\\033[?25l\\033[>1u\\033[6n\\033[c\\033]52;c;?\\007\\033[21t";
/** Between a line's own clock and the recording's, seconds: `date` ends after it has looked. */
const TOLERANCE = 0.06;

function parsed(text: string): { header: Record<string, unknown>; events: Event[] } {
  const [header, ...events] = text.trim().split("\n").map((line) => JSON.parse(line) as unknown);
  return { header: header as Record<string, unknown>, events: events as Event[] };
}

const printedBy = (events: readonly Event[]) => events.filter(([, code]) => code === "o").map(([, , text]) => text).join("");

describe("recordings", () => {
  let a: Machine;
  beforeAll(async () => {
    a = machine();
    await a.ok("up");
  });
  afterAll(async () => {
    await a[Symbol.asyncDispose]();
  });

  it("have the true timing, the sizes and the end of a session", async () => {
    const script = "read x; for pause in 0.08 0.3 0.08 0.7 0.02; do echo t=$(date +%s%3N); sleep $pause; done; printf 'a\\343'; sleep 0.2; printf '\\201\\202\\377'; exit 7";
    const target = await a.ok("launch", "--quiet", "--name", "timed", "--", "bash", "-c", script);
    {
      using terminal = new Tmux(a.env, `fleet attach ${target}`, { cols: 90, rows: 20 });
      await terminal.shows(/^/m);
      await waitFor("the attach has taken the size", async () => (await a.json<{ session: { size: { cols: number } } }>("status", target)).session.size.cols === 90);
      terminal.resize(70, 25);
      await waitFor("the resize", async () => (await a.json<{ session: { size: { cols: number } } }>("status", target)).session.size.cols === 70);
      terminal.keys("Enter");
      await terminal.shows(/exited with 7/);
    }
    const two = parsed(await a.ok("export", target, "--cast"));
    expect(two.header).toMatchObject({ version: 2, width: 120, height: 40, title: "timed", command: expect.stringContaining("bash -c read x") as string });
    expect(two.events.filter(([, code]) => code === "r").map(([, , size]) => size)).toEqual(["90x20", "70x25"]);
    expect(printedBy(two.events)).toMatch(/aあ\ufffd$/);
    // The session says itself when it printed each line.
    const said = two.events.flatMap(([at, , text]) => [...text.matchAll(/t=(\d+)/g)].map(([, ms]) => ({ at, said: Number(ms) / 1000 })));
    expect(said).toHaveLength(5);
    const late = said.map((line) => line.at - line.said).toSorted((x, y) => x - y);
    const usual = late[2] ?? 0;
    const off = late.map((one) => Math.abs(one - usual)).toSorted((x, y) => x - y);
    // On a busy machine one line may be late, most are not.
    expect(off[3]).toBeLessThan(TOLERANCE);
    expect(off[4]).toBeLessThan(10 * TOLERANCE);

    const three = parsed(await a.ok("export", target, "--cast", "--version", "3"));
    expect(three.header).toMatchObject({ version: 3, term: { cols: 120, rows: 40 } });
    expect(three.events.at(-1)).toEqual([expect.any(Number), "x", "7"]);
    let at = 0;
    const absolute = three.events.slice(0, -1).map(([interval, code, text]) => [Math.round((at += interval) * 1000) / 1000, code, text]);
    expect(absolute).toEqual(two.events);

    const tail = parsed(await a.ok("export", target, "--cast", "--tail", "2"));
    expect(tail.header).toMatchObject({ width: 70, height: 25 });
    expect(tail.events[0]?.[0]).toBe(0);
    expect(printedBy(tail.events)).toMatch(/^t=\d+\r\naあ\ufffd$/);
  });

  it("of a running session go up to now, and a pipe gets them with their timing", async () => {
    const target = await a.ok("launch", "--quiet", "--", "sh", "-c", "echo one; sleep 1; echo two; exec sleep 60");
    await a.ok("wait", target, "--for", "/two/");
    expect(printedBy(parsed(await a.ok("export", target, "--cast")).events)).toBe("one\r\ntwo\r\n");
    expect(await pauseOf(a, ["replay", target])).toBeGreaterThan(800);
    expect(await pauseOf(a, ["replay", target])).toBeLessThan(1_500);
    for (const flags of [["--max-idle", "0"], ["--speed", "10"], ["--from", "2"]]) expect(await pauseOf(a, ["replay", target, ...flags])).toBeLessThan(600);
    await a.ok("kill", target, "--grace", "0");
  });

  it("are written whole or not at all, and never over something", async () => {
    const target = await a.ok("launch", "--quiet", "--", "sh", "-c", "yes 'a line of a log that is long enough to take a while' | head -c 50000000");
    await a.ok("wait", target);
    const file = join(a.home, "big.cast");
    const left = () => readdirSync(a.home).filter((name) => name.includes("big.cast"));

    const child = spawn("fleet", ["export", target, "--cast", "--output", file], { env: a.env, stdio: "ignore" });
    const exit = new Promise((resolve) => child.on("close", resolve));
    await waitFor("the export has begun", () => left().length > 0, 5_000);
    child.kill("SIGINT");
    expect(await exit).toBe(130);
    expect(left()).toEqual([]);

    const peak = await peakMemory(a, ["export", target, "--cast", "--output", file]);
    expect(left()).toEqual(["big.cast"]);
    expect(printedBy(parsed(readFileSync(file, "utf8")).events).length).toBeGreaterThan(50_000_000);
    // Node itself, its young generation included, takes most of it.
    expect(peak).toBeLessThan(200_000_000);

    const again = await a.fleet("export", target, "--cast", "--output", file);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("--force") as string });
    const forced = await a.json<{ bytes: number }>("export", target, "--cast", "--output", file, "--force", "--tail", "3");
    expect(readFileSync(file).length).toBe(forced.bytes);
    expect(await a.fleet("export", target)).toMatchObject({ code: 2, stderr: expect.stringContaining("--cast") as string });
    await a.ok("rm", target);
  }, 60_000);

  it("that are none are refused in one line", async () => {
    writeFileSync(join(a.home, "bad.cast"), '{"version":2,"width":80,"height":24}\n[0,"o","fine\\r\\n"]\nnonsense\n');
    expect(await a.fleet("replay", "./nowhere")).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/^fleet: \.\/nowhere can't be read: there is no such file\nhint: .*\n$/) as string });
    expect(await a.fleet("replay", "/tmp/")).toMatchObject({ code: 2, stderr: expect.stringContaining("it is a directory") as string });
    expect(await a.fleet("replay", "bad.cast")).toMatchObject({ code: 2, stdout: "fine\r\n", stderr: expect.stringMatching(/^fleet: bad\.cast is not a recording: line 3 is not an event\nhint: .*\n$/) as string });
  });

  it("are played by asciinema", async () => {
    const target = await a.ok("launch", "--quiet", "--", "sh", "-c", "printf '\\033[1mbold\\033[0m あ\\n'; sleep 0.1; echo LAST");
    await a.ok("wait", target);
    await a.ok("export", target, "--cast", "--output", join(a.home, "real.cast"));
    using terminal = new Tmux({ ...a.env, LANG: "C.UTF-8" }, `asciinema cat ${join(a.home, "real.cast")}; exec sleep 60`);
    expect(await terminal.shows(/bold あ[^]*LAST/)).toMatch(/^bold あ/m);
  });

  it("play in a terminal with keys, and leave it as it was", async () => {
    const target = await a.ok("launch", "--quiet", "--", "sh", "-c", `printf '${EVERYTHING_ON}'; i=0; while [ $i -lt 200 ]; do printf '\\033[Hframe %03d' $i; i=$((i+1)); sleep 0.1; done`);
    await a.ok("wait", target, "--for", "/frame 040/");
    for (const leave of ["q", "C-c"]) {
      using terminal = new Tmux(a.env, "bash --norc --noprofile", { cols: 80, rows: 24 });
      terminal.type("PS1='ready> '; stty -g | md5sum\n");
      await terminal.shows(/^ready>\s*$/m);
      terminal.type(`fleet replay ${target}\n`);
      await terminal.shows(/frame 00[1-9]/);
      expect(terminal.format("#{alternate_on}#{mouse_any_flag}#{cursor_flag}")).toBe("110");
      terminal.keys("Space");
      await new Promise((resolve) => setTimeout(resolve, 300));
      const paused = /frame \d+/.exec(terminal.screen())?.[0];
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(terminal.screen()).toContain(paused);
      terminal.keys(".");
      await terminal.shows(new RegExp(`frame ${String(Number(paused?.slice(6)) + 1).padStart(3, "0")}`));
      terminal.keys("Up", "Up", "Space");
      await terminal.shows(/frame 03\d/, 5_000);
      terminal.keys(leave);
      await terminal.shows(/\[stopped: .*; recorded on 120x40, this terminal is 80x24[^\]]*\]\n+ready>\s*$/m);
      expect(terminal.format("#{alternate_on}#{mouse_any_flag}#{cursor_flag}")).toBe("001");
      terminal.type("echo code $?; stty -g | md5sum\n");
      // Nothing that the recording asked the terminal was answered into the shell.
      const screen = await terminal.shows(/^ready> echo code \$\?.*\ncode 0\n[0-9a-f]{32}/m);
      expect(new Set(screen.match(/^[0-9a-f]{32}/gm)).size).toBe(1);
    }
    await a.ok("kill", target, "--grace", "0");
  }, counts(60_000, 60_000));

  it("put the terminal back when the replay is ended by a signal", async () => {
    writeFileSync(join(a.home, "modes.cast"), `{"version":2,"width":80,"height":24}\n[0,"o","\\u001b[?1049h\\u001b[?1003h\\u001b[?25lfull screen"]\n[100,"o","x"]\n`);
    using terminal = new Tmux(a.env, "bash --norc --noprofile", { cols: 80, rows: 24 });
    terminal.type(`PS1='ready> '; cd ${a.home}; fleet replay modes.cast\n`);
    await terminal.shows(/full screen/);
    const found = await a.run("bash", ["-c", `pgrep -f "^[^ ]*node .*replay modes.cast$" -P ${terminal.format("#{pane_pid}")} || pgrep -P ${terminal.format("#{pane_pid}")}`]);
    process.kill(Number(found.stdout.trim().split("\n")[0]), "SIGTERM");
    await terminal.shows(/^\[stopped: modes\.cast\]\n+ready>\s*$/m);
    expect(terminal.format("#{alternate_on}#{mouse_any_flag}#{cursor_flag}")).toBe("001");
    terminal.type("echo code $?\n");
    await terminal.shows(/^code 143/m);
  });
});

/** @returns milliseconds between "one" and "two" on standard output: starting the program takes no part in it */
async function pauseOf(where: Machine, args: readonly string[]): Promise<number> {
  const child = spawn("fleet", args, { env: where.env, stdio: ["ignore", "pipe", "inherit"] });
  const seen: Record<string, number> = {};
  child.stdout.on("data", (chunk: Buffer) => {
    for (const word of ["one", "two"]) if (chunk.includes(word)) seen[word] ??= performance.now();
  });
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
  return (seen["two"] ?? Number.NaN) - (seen["one"] ?? Number.NaN);
}

/** @returns bytes */
async function peakMemory(where: Machine, args: readonly string[]): Promise<number> {
  const child = spawn("fleet", args, { env: where.env, stdio: "ignore" });
  let peak = 0;
  const watch = setInterval(() => {
    try {
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? 0) * 1024);
    } catch {
      // It has ended.
    }
  }, 10);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(watch);
  expect(code).toBe(0);
  return peak;
}
