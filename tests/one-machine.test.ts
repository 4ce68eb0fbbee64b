// Sessions on one machine, with no NATS anywhere.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SessionRecord } from "../shared/src/domain/index.ts";
import { counts, waitFor } from "../shared/src/testing/index.ts";
import { isAlive, machine, type Machine, type Result } from "./machines.ts";
import { Tmux } from "./tmux.ts";

type Session = SessionRecord;

describe("one machine", () => {
  let a: Machine;
  beforeAll(() => {
    a = machine();
  });
  afterAll(async () => {
    await a[Symbol.asyncDispose]();
  });

  it("launches, lists, sends, shows and kills", async () => {
    const target = (await a.ok("launch", "--name", "first", "--tag", "red", "--", "bash", "--norc")).split("\n").at(-1) ?? "";
    expect(target).toMatch(/^[a-z0-9-]+:1$/);
    await a.ok("send", target, "echo $((6*7))");
    await waitFor("the log shows 42", async () => /^42\r?$/m.test(await a.ok("logs", target)));
    const [listed] = await a.json<Session[]>("ls", "--tag", "red");
    expect(listed).toMatchObject({ target, name: "first", state: "running", tags: ["red"], command: ["bash", "--norc"] });
    const { pid } = listed as Session;
    await a.ok("kill", target, "--grace", "1");
    expect(await a.json<Session[]>("ls")).toMatchObject([{ target, state: "killed", exit: { signal: expect.any(String) as string } }]);
    expect(isAlive(pid as number)).toBe(false);
    expect((await a.fleet("send", target, "x")).code).toBe(1);
  });

  it("run streams and gives the exit code", async () => {
    expect(await a.fleet("run", "--", "sh", "-c", "echo out; exit 9")).toMatchObject({ code: 9, stdout: expect.stringContaining("out") as string });
  });

  it("the caller's directory and environment are the session's", async () => {
    const { stdout } = await a.run("bash", ["-c", "mkdir -p sub; cd sub; MARK=here fleet run --dir . -- sh -c 'pwd; echo $MARK; env'"]);
    expect(stdout).toContain(join(a.home, "sub"));
    expect(stdout).toContain("here");
    expect(stdout).not.toMatch(/FLEET_(TOKEN|NATS)/);
  });

  it("an attached viewer doesn't notice that the agent is killed, and exits meanwhile are recorded", async () => {
    const target = await a.ok("launch", "--quiet", "--", "bash", "--norc");
    const short = await a.ok("launch", "--quiet", "--", "sh", "-c", "sleep 2; exit 5");
    using terminal = new Tmux(a.env, `fleet attach ${target}`);
    await terminal.shows(/[$#] ?$/m);
    terminal.type("echo before-$((1+1))\n");
    await terminal.shows(/before-2/);
    for (let round = 0; round < counts(2, 20); round++) {
      const { pid } = await a.json<{ pid: number }>("up");
      process.kill(pid, "SIGKILL");
      await waitFor("the agent is gone", () => !isAlive(pid));
      terminal.type(`echo round-$((${round}+100))\n`);
      await terminal.shows(new RegExp(`^round-${round + 100}`, "m"));
    }
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const sessions = await a.json<Session[]>("ls");
    expect(sessions.find((session) => session.target === short)).toMatchObject({ state: "exited", exit: { code: 5 } });
    expect(sessions.find((session) => session.target === target)).toMatchObject({ state: "running", attached: 1 });
    expect(terminal.screen()).not.toMatch(/lost|reconnect/i);
    terminal.keys("C-b", "d");
    await terminal.shows(/detached/);
    await a.ok("kill", target);
  }, counts(60_000, 400_000));

  it("the agent killed during launches and attaches: no session ends, no byte is lost, every exit is recorded", async () => {
    const rounds = counts(4, 200);
    const counter = await a.ok("launch", "--quiet", "--", "sh", "-c", "stty -opost; i=0; while [ ! -e stop ]; do i=$((i+1)); echo line-$i; sleep 0.01; done; echo end");
    const watched = a.fleet("logs", "-f", counter);
    const launched: Promise<Result>[] = [];
    const attached: Tmux[] = [];
    try {
      for (let round = 0; round < rounds; round++) {
        const { pid } = await a.json<{ pid: number }>("up");
        launched.push(a.fleet("launch", "--quiet", "--name", `in-flight-${round}`, "--", "sh", "-c", `sleep 0.${round % 10}; exit 7`));
        attached.splice(0).forEach((terminal) => terminal[Symbol.dispose]());
        attached.push(new Tmux(a.env, `fleet attach ${counter}`));
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
        process.kill(pid, "SIGKILL");
        await waitFor("the agent is gone", () => !isAlive(pid));
        await launched.at(-1);
        await attached[0]?.shows(/^line-\d+$/m);
      }
    } finally {
      for (const terminal of attached) terminal[Symbol.dispose]();
      await a.run("touch", ["stop"]);
    }
    const { code, stdout } = await watched;
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(rounds);
    expect(lines).toEqual([...lines.slice(0, -1).map((_, index) => `line-${index + 1}`), "end"]);
    const done = await Promise.all(launched);
    await waitFor("every exit", async () => (await a.json<Session[]>("ls", "--state", "running")).every(({ name }) => name?.startsWith("in-flight") !== true));
    const sessions = await a.json<Session[]>("ls");
    expect(sessions.find(({ target }) => target === counter)).toMatchObject({ state: "exited", exit: { code: 0 } });
    for (const [round, result] of done.entries()) {
      const found = sessions.filter(({ name }) => name === `in-flight-${round}`);
      // A launch whose agent dies is repeated by the caller, or its outcome is said to be unknown; it is never done twice.
      if (result.code === 0) expect(found, result.stderr).toMatchObject([{ target: result.stdout.trim(), state: "exited", exit: { code: 7 } }]);
      else expect([result.code, found.length <= 1], result.stderr).toEqual([125, true]);
      for (const one of found) expect(one, `round ${round}`).toMatchObject({ state: "exited", exit: { code: 7 } });
    }
    expect(done.filter(({ code: one }) => one === 0).length).toBeGreaterThan(0);
    for (const { target } of sessions) await a.fleet("rm", target);
  }, counts(60_000, 1_800_000));

  it("reads back a log of 36 MB made of escapes, and of a byte that is no text", async () => {
    const target = await a.ok("launch", "--quiet", "--", "sh", "-c", "i=0; while [ $i -lt 40 ]; do head -c 900000 /dev/zero | tr '\\0' '\\033'; i=$((i+1)); done; printf '\\n\\377\\nLAST\\n'");
    await a.ok("wait", target);
    const { stdout } = await a.run("bash", ["-c", `fleet logs ${target} | wc -c; fleet logs ${target} --tail 2 | od -An -tx1`]);
    expect(stdout.trim().split(/\s+/)).toEqual(["36000011", "ff", "0d", "0a", "4c", "41", "53", "54", "0d", "0a"]);
    await a.ok("rm", target);
  });

  it("a follower of a log ends with the session, after its last line", async () => {
    const target = await a.ok("launch", "--quiet", "--", "sh", "-c", "for i in 1 2 3; do echo line $i; sleep 0.3; done; echo LAST");
    expect(await a.ok("logs", "-f", target)).toMatch(/^line 1\r\nline 2\r\nline 3\r\nLAST$/);
    await a.ok("rm", target);
  });

  it("shows a full-screen program as it is, at once, and follows a resize", async () => {
    const target = await a.ok("launch", "--quiet", "--", "sh", "-c", "printf '\\033[?1049h\\033[2J\\033[5;10Hin the middle'; read x");
    await new Promise((resolve) => setTimeout(resolve, 300));
    using terminal = new Tmux(a.env, `fleet attach ${target}`, { cols: 90, rows: 25 });
    const screen = await terminal.shows(/in the middle/);
    expect(screen.split("\n")[4]).toMatch(/^ {9}in the middle/);
    expect(terminal.format("#{alternate_on}")).toBe("1");
    terminal.keys("C-b", "d");
    await terminal.shows(/detached/);
    expect(terminal.format("#{alternate_on}")).toBe("0");
    await a.ok("kill", target);
  });
});

describe("first use", () => {
  it(
    "many parallel first launches are as many sessions and one agent",
    async () => {
      const many = counts(20, 50);
      await using a = machine();
      const results = await Promise.all(Array.from({ length: many }, (_, n) => a.fleet("launch", "--quiet", "--", "sleep", String(300 + n))));
      expect(results.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(Array.from({ length: many }, () => "0 "));
      const sessions = await a.json<Session[]>("ls", "--state", "running");
      expect(new Set(sessions.map((session) => session.id)).size).toBe(many);
      const agents = (await a.run("pgrep", ["-af", "fleet-node"])).stdout.split("\n").filter((line) => line !== "" && readEnv(line).includes(`FLEET_HOME=${a.home}`));
      expect(agents).toHaveLength(1);
    },
    counts(120_000, 240_000),
  );
});

describe("down", () => {
  it("leaves no process behind, also on a node that was not running", async () => {
    await using a = machine();
    const left = async () => (await a.run("pgrep", ["-af", a.home])).stdout;
    await a.ok("launch", "--", "sleep", "1000");
    await a.ok("down", "--sessions", "--yes");
    await waitFor("nothing is left", async () => (await left()) === "");
    const { pid } = (await a.ok("launch", "--", "sleep", "1000"), await a.json<{ pid: number }>("up"));
    process.kill(pid, "SIGKILL");
    await waitFor("the node is gone", () => !isAlive(pid));
    expect(await a.ok("down", "--sessions", "--yes")).toMatch(/1 sessions were ended/);
    await waitFor("nothing is left of sessions without a node", async () => (await left()) === "");
    for (let round = 0; round < counts(3, 20); round++) {
      await a.ok(...(round % 2 === 0 ? ["down", "--sessions", "--yes"] : ["down"]));
      await waitFor("nothing is left of a node that was only started for it", async () => (await left()) === "");
    }
  });
});

function readEnv(line: string): string {
  try {
    return readFileSync(`/proc/${line.split(" ")[0]}/environ`, "utf8");
  } catch {
    return "";
  }
}

describe("wrong input", () => {
  let a: Machine;
  beforeAll(async () => {
    a = machine();
    await a.ok("launch", "--name", "taken", "--", "sleep", "1000");
  });
  afterAll(async () => {
    await a[Symbol.asyncDispose]();
  });

  const cases: [string, string[], number, RegExp][] = [
    ["unknown command", ["frobnicate"], 127, /frobnicate/],
    ["unknown flag", ["ls", "--frob"], 2, /--frob/],
    ["unknown session", ["status", "nobody"], 1, /nobody/],
    ["unknown id", ["logs", "4711"], 1, /4711/],
    ["bad target", ["send", "a:b:c", "x"], 2, /a:b:c/],
    ["a node that isn't", ["ls", "--node", "elsewhere"], 1, /elsewhere|NATS/],
    ["command not found", ["launch", "--", "no-such-program-xyz"], 127, /no-such-program-xyz/],
    ["command not executable", ["launch", "--", "/etc/passwd"], 126, /passwd/],
    ["directory missing", ["launch", "--dir", "/no/such/dir", "--", "true"], 1, /\/no\/such\/dir/],
    ["name taken", ["launch", "--name", "taken", "--", "true"], 1, /taken/],
    ["bad name", ["launch", "--name", "9lives", "--", "true"], 2, /name/],
    ["nothing to run", ["launch"], 2, /command/i],
    ["NATS down", ["--nats", "nats://127.0.0.1:9", "nodes"], 125, /127\.0\.0\.1:9/],
    ["not a terminal", ["attach", "taken"], 2, /terminal/],
    ["time-out", ["wait", "taken", "--timeout", "1"], 124, /taken|1 s/],
    ["bad number", ["wait", "taken", "--timeout", "soon"], 2, /timeout/],
    ["watch of an unknown id", ["watch", "9999"], 1, /9999/],
    ["bad join token", ["up", "--join", "hello"], 2, /token/],
  ];

  it.each(cases)("%s", async (_what, args, code, message) => {
    const before = await a.json<Session[]>("ls");
    const result = await a.fleet(...args);
    expect({ code: result.code, stderr: result.stderr }).toMatchObject({ code });
    const lines = result.stderr.trim().split("\n");
    expect(lines[0]).toMatch(message);
    expect(lines.length, result.stderr).toBeLessThanOrEqual(2);
    if (code !== 124) expect(lines[1], result.stderr).toMatch(/^hint: /);
    expect(await a.json<Session[]>("ls")).toHaveLength(before.length);
  });

  it("malformed config names the file and the key", async () => {
    await using broken = machine();
    await broken.run("bash", ["-c", "mkdir -p config && printf '[nats]\\nulr = \"x\"\\n' > config/config.toml && chmod -R go= config"]);
    const result = await broken.fleet("ls");
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/config\.toml/);
    expect(result.stderr).toMatch(/ulr/);
  });
});
