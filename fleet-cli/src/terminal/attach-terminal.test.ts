import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import xterm from "@xterm/headless";
import { build } from "esbuild";
import { spawn } from "node-pty";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { encodeFrame, FRAME, type HostMessage } from "@fleetwire/shared/wire";
import { TestHost, type Peer } from "../client/stream/test-host.ts";

let folder = "";
let program = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fw-"));
  program = join(folder, "attach.mjs");
  const banner = { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' };
  await build({ entryPoints: [join(import.meta.dirname, "test-attach.ts")], bundle: true, platform: "node", format: "esm", target: "node20", outfile: program, banner, logLevel: "error" });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a full-screen program switches on: alternate screen, mouse, focus, paste, application keys, Kitty keyboard, no cursor … */
const EVERYTHING_ON = "\u001b[?1049h\u001b[?1003h\u001b[?1006h\u001b[?1004h\u001b[?2004h\u001b[?1h\u001b=\u001b[>1u\u001b[?25l\u001b[?7l\u001b[3;10r\u001b[?6h\u001b[4h\u001b[31;1m\u001b[?2031h\u001b[5 qfull screen\u001b(0\u001b[?2026h";

/** A shell's terminal with the attach program in it. */
class Person implements AsyncDisposable {
  readonly screen = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true, scrollback: 1000 });
  readonly pty;
  raw = "";
  exit: number | undefined;

  constructor(host: TestHost, task: Record<string, unknown> = {}, scope: "read" | "write" = "write", shell = 'echo before; stty -g; node "$0" "$1"; code=$?; stty -g; echo "code=$code"; sleep 0.1; exit $code') {
    const { answer, clientKey } = host.grant({ scope });
    this.pty = spawn("sh", ["-c", shell, program, JSON.stringify({ answer, seed: clientKey.seed, ...task })], { cols: 80, rows: 24 });
    this.pty.onData((data) => {
      this.raw += data;
      this.screen.write(data);
    });
    this.pty.onExit(({ exitCode }) => (this.exit = exitCode));
  }

  get lines(): string[] {
    const { active } = this.screen.buffer;
    return Array.from({ length: active.length }, (_, line) => active.getLine(line)?.translateToString(true) ?? "");
  }

  /** Terminal settings as stty says them, before and after. */
  get settings(): string[] {
    return this.raw.match(/^[0-9a-f]+(:[0-9a-f]+){10,}/gm) ?? [];
  }

  async sees(text: string): Promise<void> {
    await vi.waitFor(() => expect(this.lines.slice(-60).join("\n")).toContain(text), { timeout: 5_000, interval: 10 });
  }

  async ends(): Promise<number> {
    await this.sees("code=");
    await vi.waitFor(() => expect(this.exit).toBeDefined(), { timeout: 5_000, interval: 10 });
    return this.exit ?? -1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.exit === undefined) this.pty.kill("SIGKILL");
  }
}

const exitMessage = (exit: { code?: number; signal?: string }): HostMessage => ({ type: "exit", state: exit.signal === undefined ? "exited" : "killed", exit, offset: 0 });
const peerOf = async (host: TestHost): Promise<Peer> => vi.waitFor(() => [...host.peers][0] ?? expect.fail("nobody attached"), { timeout: 5_000, interval: 5 });

function expectRestored(person: Person): void {
  expect(person.screen.buffer.active.type).toBe("normal");
  const { showCursor, ...modes } = person.screen.modes as typeof person.screen.modes & { showCursor?: boolean };
  expect(showCursor ?? true).toBe(true);
  expect(modes).toMatchObject({
    applicationCursorKeysMode: false, applicationKeypadMode: false, bracketedPasteMode: false, insertMode: false, mouseTrackingMode: "none",
    originMode: false, sendFocusMode: false, wraparoundMode: true,
  });
  // What the emulator does not tell.
  for (const text of ["\u001b[?25h", "\u001b[<1u", "\u001b[?2026l", "\u001b[?2031l", "\u001b[0 q", "\u001b(B"]) expect(person.raw.lastIndexOf(text)).toBeGreaterThan(person.raw.lastIndexOf("full screen"));
  expect(person.settings.length).toBe(2);
  expect(person.settings[0]).toBe(person.settings[1]);
  // The person's own screen is where it was.
  expect(person.lines.join("\n")).toContain("before");
}

describe("leaving", () => {
  const WAYS: Record<string, { leave: (person: Person, peer: Peer) => void; code: number; says: string; task?: Record<string, unknown> }> = {
    "the chord": { leave: ({ pty }) => pty.write("\u0002d"), code: 0, says: "[detached from box:7]" },
    "the chord in Kitty's encoding": { leave: ({ pty }) => pty.write("\u001b[98;5u\u001b[100u"), code: 0, says: "[detached from box:7]" },
    "the session's exit": { leave: (_, { say }) => say(exitMessage({ code: 3 })), code: 3, says: "[box:7 exited with 3]" },
    "the session's death": { leave: (_, { say }) => say(exitMessage({ signal: "SIGKILL" })), code: 137, says: "[box:7 killed by SIGKILL]" },
    SIGTERM: { leave: ({ pty }) => signal(pty.pid, "SIGTERM"), code: 143, says: "[detached from box:7 by SIGTERM]" },
    SIGHUP: { leave: ({ pty }) => signal(pty.pid, "SIGHUP"), code: 129, says: "[detached from box:7 by SIGHUP]" },
    SIGINT: { leave: ({ pty }) => signal(pty.pid, "SIGINT"), code: 130, says: "[detached from box:7 by SIGINT]" },
    "a session that is gone": { leave: (_, { socket }) => socket.close(4410), code: 1, says: "[lost box:7: the session is gone" },
    "a bug somewhere else": { leave: () => {}, code: 1, says: "a bug", task: { crashAfterMs: 1500 } },
  };

  it.each(Object.entries(WAYS))("restores the terminal after %s", async (_, { leave, code, says, task }) => {
    await using host = await TestHost.listen();
    host.print(EVERYTHING_ON);
    await using person = new Person(host, task);
    const peer = await peerOf(host);
    await person.sees("full screen");
    expect(person.screen.modes.mouseTrackingMode).toBe("any");
    leave(person, peer);
    expect(await person.ends()).toBe(code);
    await person.sees(says);
    expectRestored(person);
  });

  it("ends at once after the chord, without another key", async () => {
    await using host = await TestHost.listen();
    host.print("hello");
    await using person = new Person(host);
    await person.sees("hello");
    const from = performance.now();
    person.pty.write("abc\u0002d");
    await person.ends();
    expect(performance.now() - from).toBeLessThan(1_000);
    expect(host.typed.toString()).toBe("abc");
  });

  it("says how much was typed after the chord", async () => {
    await using host = await TestHost.listen();
    host.print("hello");
    await using person = new Person(host);
    await person.sees("hello");
    person.pty.write("\u0002dls");
    await person.sees("[detached from box:7; 2 keys typed after that went nowhere]");
    expect(host.typed.length).toBe(0);
  });

  it("leaves while the session floods and the terminal takes nothing", async () => {
    await using host = await TestHost.listen();
    await using person = new Person(host);
    const { output } = await peerOf(host);
    await person.sees("attached");
    person.pty.pause();
    const flood = Buffer.alloc(4 * 1024 * 1024, "flood\r\n");
    output(0, flood);
    await new Promise((resolve) => setTimeout(resolve, 300));
    person.pty.write("\u0002d");
    await vi.waitFor(() => expect(host.peers.size).toBe(0), { timeout: 10_000 });
    person.pty.resume();
    expect(await person.ends()).toBe(0);
    expect(person.settings[0]).toBe(person.settings[1]);
  });
});

/** The attach program is the shell's child. */
function signal(shell: number, name: NodeJS.Signals): void {
  process.kill(Number(readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8").trim()), name);
}

describe("attached", () => {
  it("types keys as they come and shows what comes", async () => {
    await using host = await TestHost.listen();
    host.print("$ ");
    await using person = new Person(host);
    await person.sees("$ ");
    person.pty.write("echo hé\r\u0003\u001a\u001c");
    await vi.waitFor(() => expect(host.typed.toString()).toBe("echo hé\r\u0003\u001a\u001c"));
    host.print("echo hé\r\nhé\r\n");
    await person.sees("echo hé\nhé");
    person.pty.write("\u0002d");
    await person.ends();
  });

  it("brings the session's scrollback into the terminal's own, above it the person's lines", async () => {
    await using host = await TestHost.listen();
    const picture = Buffer.from(Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\r\n"));
    host.hooks.welcomed = ({ say, socket }) => {
      say({ type: "snapshot", offset: 900, cols: 80, rows: 24, format: "vt", replaces: "screen+scrollback", bytes: picture.length, title: "vim\u0007\u001b]52;c;?\u0007" });
      socket.send(encodeFrame(FRAME.snapshot, 0, picture));
    };
    await using person = new Person(host);
    await person.sees("line 99");
    expect(host.wants[0]).toMatchObject({ kind: "attach", scrollback: 5000, size: { cols: 80, rows: 24 } });
    const lines = person.lines;
    const from = lines.indexOf("line 0");
    expect(lines.slice(from, from + 100)).toEqual(Array.from({ length: 100 }, (_, line) => `line ${line}`));
    expect(lines.indexOf("before")).toBeLessThan(from);
    expect(person.raw).not.toContain("\u001b]52");
    person.pty.write("\u0002d");
    await person.ends();
  });

  it("says how much went by unseen", async () => {
    await using host = await TestHost.listen();
    host.hooks.welcomed = ({ say }) => {
      say({ type: "gap", from: 0, to: 5000, reason: "skipped" });
      say(exitMessage({ code: 0 }));
    };
    await using person = new Person(host);
    expect(await person.ends()).toBe(0);
    // Longer than a line of this terminal.
    expect(person.raw).toContain("[5000 bytes of output went by too fast for this terminal; 'fleet logs box:7' has them]");
  });

  it("asks for the screen only without history", async () => {
    await using host = await TestHost.listen();
    await using person = new Person(host, { history: false });
    await peerOf(host);
    expect(host.wants[0]).toMatchObject({ scrollback: 0 });
    await person.sees("attached");
    person.pty.write("\u0002d");
    await person.ends();
  });

  it("tells its size at the start and when it changes, and claims nothing", async () => {
    await using host = await TestHost.listen();
    const said: string[] = [];
    host.hooks.message = (_, message) => said.push(message.type === "resize" ? `resize ${message.cols}x${message.rows}` : message.type);
    await using person = new Person(host);
    await vi.waitFor(() => expect(said).toEqual(["resize 80x24"]), { timeout: 10_000 });
    person.pty.resize(100, 30);
    await vi.waitFor(() => expect(said.at(-1)).toBe("resize 100x30"));
    person.pty.write("\u0002d");
    await person.ends();
  });

  it("forwards nothing when read-only, terminal replies included, and lets no query through", async () => {
    await using host = await TestHost.listen();
    const said: string[] = [];
    host.hooks.message = (_, message) => said.push(message.type);
    host.print("\u001b[6n\u001b[c\u001b[>0q\u001b]11;?\u0007\u001bP$qm\u001b\\watching");
    await using person = new Person(host, { readOnly: true }, "read");
    await person.sees("watching");
    for (const query of ["[6n", "[c", "[>0q", "]11;?"]) expect(person.raw).not.toContain(query);
    person.pty.write("rm -rf\r\u001b[1;1R\u0003");
    person.pty.write("\u0002d");
    expect(await person.ends()).toBe(0);
    expect(host.typed.length).toBe(0);
    expect(said).not.toContain("keys");
    expect(said).not.toContain("claim");
  });

  it("says that the connection is lost without clearing the screen, and repaints when it is back", async () => {
    await using host = await TestHost.listen();
    host.print("precious\r\n");
    await using person = new Person(host);
    await person.sees("precious");
    host.pauseAccepting();
    host.cutAll();
    await person.sees("connection lost");
    expect(person.lines.join("\n")).toContain("precious");
    person.pty.write("blind");
    host.output = Buffer.concat([host.output, Buffer.from("meanwhile\r\n")]);
    host.resumeAccepting();
    await person.sees("meanwhile");
    await vi.waitFor(() => expect(host.typed.toString()).toBe("blind"), { timeout: 10_000 });
    await vi.waitFor(() => expect(person.lines.join("\n")).not.toContain("connection lost"));
    // The line was drawn over the session's screen: the whole of it is asked for again.
    await vi.waitFor(() => expect(host.wants.at(-1)).not.toHaveProperty("from"), { timeout: 10_000 });
    person.pty.write("\u0002d");
    expect(await person.ends()).toBe(0);
  });

  it("leaves while the connection is lost, and takes its line away", async () => {
    await using host = await TestHost.listen();
    host.print("precious\r\n");
    await using person = new Person(host);
    await person.sees("precious");
    host.pauseAccepting();
    host.cutAll();
    await person.sees("connection lost");
    person.pty.write("\u0002d");
    expect(await person.ends()).toBe(0);
    expect(person.lines.join("\n")).not.toContain("connection lost");
    expect(person.lines.join("\n")).toContain("precious");
  });

  it("refuses with a bell what is typed blind beyond a little", async () => {
    await using host = await TestHost.listen();
    host.print("hello");
    await using person = new Person(host);
    await person.sees("hello");
    host.pauseAccepting();
    host.cutAll();
    await vi.waitFor(() => expect(person.raw).toContain("connection lost"));
    person.pty.write("x".repeat(8_000));
    await vi.waitFor(() => expect(person.raw).toContain("\u0007"));
    person.pty.write("\u0002d");
    expect(await person.ends()).toBe(0);
  });

  it("lets Ctrl+C overtake a paste that the session doesn't read, and drops the rest of the paste", async () => {
    await using host = await TestHost.listen();
    const said: string[] = [];
    host.hooks.input = () => false;
    host.hooks.message = (_, message) => said.push(message.type);
    host.print("hello");
    await using person = new Person(host);
    await person.sees("hello");
    for (let at = 0; at < 40; at++) person.pty.write("paste ".repeat(500));
    await new Promise((resolve) => setTimeout(resolve, 300));
    // Again until it comes alone: on a busy machine the end of the paste may still be on its way.
    await vi.waitFor(() => (person.pty.write("\u0003"), expect(said).toContain("interrupt")), { timeout: 5_000, interval: 300 });
    person.pty.write("\u0002d");
    expect(await person.ends()).toBe(0);
  });

  it("refuses to attach what is not a terminal", async () => {
    await using host = await TestHost.listen();
    await using person = new Person(host, {}, "write", 'node "$0" "$1" < /dev/null; echo "code=$?"');
    await person.sees("input is not a terminal");
    await person.ends();
    expect(host.upgrades).toEqual([]);
  });
});
