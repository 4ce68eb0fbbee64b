// The client library against a real fleet: two nodes and a hub, a direct server, and nothing at all.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, FleetError, type ConnectOptions, type Fleet } from "../../fleet-cli/src/client/api/index.ts";
import { waitFor } from "../../shared/src/testing/index.ts";
import { bringUp, freePort, type Machine, machine, root } from "../machines.ts";

const nodeProgram = join(root, "node-agent/dist/fleet-node.js");

describe("programs of a fleet", () => {
  let a: Machine;
  let b: Machine;
  let fleet: Fleet;
  const open = (home: Machine, more: ConnectOptions = {}) => connect({ home: home.home, nodeProgram, ...more });

  beforeAll(async () => {
    [a, b] = [machine(), machine()];
    await bringUp(a, "a", { b });
    fleet = await open(a);
  });
  afterAll(async () => {
    await fleet.close();
    for (const one of [b, a]) await one[Symbol.asyncDispose]();
  });

  it("launches on the other node, types, waits, looks, restarts, ends and removes", async () => {
    const session = await fleet.launch({ command: ["bash", "--norc"], on: "b", name: "shell", tags: ["one"], env: { GREETING: "moin" }, dir: "~/", size: { cols: 90, rows: 20 } });
    expect(session.target).toMatch(/^b:\d+$/);
    expect(session.known).toMatchObject({ name: "shell", tags: ["one"], size: { cols: 90, rows: 20 } });
    expect(await session.send("echo $GREETING $((6*7))")).toMatchObject({ receipt: "written" });
    expect((await session.wait(/^moin 42$/g, { timeoutMs: 10_000 })).line).toBe("moin 42");
    expect((await session.screen()).text).toContain("\nmoin 42\n");
    await session.send(Buffer.from("echo by"));
    await session.send(Buffer.from("tes"), { enter: true });
    await session.wait(/^bytes$/);
    await session.keys(["C-c", "C-d"]);
    expect(await session.wait("exit", { timeoutMs: 10_000 })).toMatchObject({ exitCode: 130, session: { state: "exited" } });
    expect(await session.restart()).toMatchObject({ state: "running", name: "shell" });
    await expect(session.remove()).rejects.toMatchObject({ code: "still-running" });
    expect(await fleet.session("b:shell").kill({ graceMs: 500 })).toMatchObject({ state: "killed" });
    await session.remove();
    await expect(session.record()).rejects.toMatchObject({ code: "unknown-session", retryable: false });
  });

  it("lists nodes and sessions, and says who would take a launch", async () => {
    const running = await fleet.launch({ command: ["sleep", "1000"], tags: ["listed"], where: ["os=linux"], cpus: 1 });
    expect((await fleet.nodes()).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(await fleet.node("b")).toMatchObject({ name: "b", state: "live" });
    await waitFor("the list has it", async () => (await fleet.sessions({ tags: ["listed"], states: ["running"] })).some(({ target }) => target === running.target));
    expect(await fleet.candidates({ memoryBytes: 1024 })).toMatchObject({ total: 2, fitting: 2 });
    await expect(fleet.launch({ command: ["true"], where: "zone=moon" })).rejects.toMatchObject({ code: "no-fitting-node" });
    await running.kill();
  });

  it("runs to the end; a signal ends what was run", async () => {
    const { exitCode, output, lostBytes } = await fleet.run({ command: ["sh", "-c", "seq 1 3; exit 3"], on: "b" });
    expect([exitCode, output.toString(), lostBytes]).toEqual([3, "1\r\n2\r\n3\r\n", 0]);
    const { output: last, lostBytes: before } = await fleet.run({ command: ["seq", "1", "1000"], on: "b", maxOutputBytes: 12 });
    expect([last.toString(), before]).toEqual(["\r\n999\r\n1000\r\n".slice(-12), 4893 - 12]);
    const stop = new AbortController();
    const heard: string[] = [];
    const run = fleet.run({ command: ["sh", "-c", "echo begun; sleep 1000"], on: "b", tags: ["stopped"], signal: stop.signal, onOutput: (bytes) => (heard.push(bytes.toString()), stop.abort()) });
    await expect(run).rejects.toMatchObject({ code: "cancelled" });
    expect(heard.join("")).toBe("begun\r\n");
    const [ended] = (await fleet.select({ nodes: { names: ["b"] }, sessions: { tags: ["stopped"] } })).sessions;
    expect(ended?.known?.state).toBe("killed");
  });

  it("a terminal that was read in part goes on with the next byte, in another client", async () => {
    const session = await fleet.launch({ command: ["sh", "-c", "printf 0123456789; read more; printf '%s' $more"], on: "b" });
    const terminal = await session.attach({ from: 0, readOnly: true });
    await session.wait(/0123456789/);
    await waitFor("it is there to be read", () => (terminal.read(0), terminal.readableLength === 10));
    expect([(terminal.read(4) as Buffer).toString(), terminal.offset]).toEqual(["0123", 4]);
    terminal.on("error", () => undefined);
    terminal.write("x");
    await waitFor("who only looks can't type", () => terminal.errored);
    expect(terminal.errored).toMatchObject({ code: "read-only" });
    const later = await open(a);
    try {
      const rest = await later.session(session.target).attach({ from: terminal.offset });
      rest.write("stop\r");
      let text = "";
      for await (const bytes of rest) text += String(bytes);
      expect(text).toBe("456789stop\r\nstop");
    } finally {
      await later.close();
    }
  });

  it("goes on after a cursor, in another client, with what happened meanwhile", async () => {
    const begun = new Date();
    await fleet.launch({ command: ["true"], on: "b", tags: ["counted"] });
    const filter = { tags: ["counted"], kinds: ["session-launched"] };
    let cursor: string | undefined;
    for await (const event of fleet.events({ since: begun, filter })) {
      expect(event).toMatchObject({ node: "b", session: { tags: ["counted"] } });
      cursor = event.cursor;
      break;
    }
    const second = await fleet.launch({ command: ["true"], tags: ["counted"] });
    const later = await open(a);
    try {
      const events = later.events({ since: cursor, filter });
      for await (const { session } of events) {
        expect(session?.target).toBe(second.target);
        break;
      }
      const past: string[] = [];
      const all = later.events({ since: begun, filter, follow: false });
      for await (const { node } of all) past.push(node);
      expect(past).toEqual(["b", "a"]);
      expect(all.cursor).toMatch(/^.+\.\d+/);
      expect(() => later.events({ since: "yesterday-ish" })).toThrow(FleetError);
    } finally {
      await later.close();
    }
  });

  it("does one thing to many, and a failure stands in nobody's way", async () => {
    await Promise.all(["a", "b", "b"].map((on) => fleet.launch({ command: ["sleep", "1000"], on, tags: ["many"] })));
    const { sessions, failures } = await fleet.select({ nodes: { all: true }, sessions: { tags: ["many"] } });
    expect([sessions.length, failures]).toEqual([3, []]);
    const outcomes = await fleet.broadcast([...sessions, fleet.session("b:99999")], (session) => session.kill());
    expect(outcomes.map(({ result, error }) => result?.state ?? error?.code)).toEqual(["killed", "killed", "killed", "unknown-session"]);
  });

  it("sends messages, asks and is answered; what was taken is read, and nothing else", async () => {
    const there = await open(b);
    try {
      const taking = (async () => {
        for await (const { id, text, wantsReply } of there.messages.listen({ from: "@a" })) if (wantsReply) return there.messages.reply(id, `${text} yes`);
        return undefined;
      })();
      expect(await fleet.messages.send("@b", "first", { subject: "about it" })).toMatchObject({ state: "delivered", to: "@b" });
      expect(await fleet.messages.request("@b", "ready?", { timeoutMs: 30_000 })).toMatchObject({ text: "ready? yes", from: { address: "@b" } });
      expect(await taking).toMatchObject({ state: "delivered", to: "@a" });
      expect(await there.messages.inbox({ unread: true })).toEqual([]);
      expect((await there.messages.inbox({ from: "@a" })).map(({ text }) => text)).toEqual(["first", "ready?"]);
      expect(await fleet.messages.inbox({ unread: true, from: "@b" })).toEqual([]);

      const { id } = await fleet.messages.send("@b", "later");
      expect(await there.messages.inbox({ unread: true })).toMatchObject([{ id, subject: null, readAt: null }]);
      const held = there.messages.listen();
      expect((await held.next()).value).toMatchObject({ id });
      expect(await there.messages.inbox({ unread: true })).toMatchObject([{ id }]);
      await held.return();
      expect(await there.messages.inbox({ unread: true })).toEqual([]);
      await fleet.messages.send("@b", "two");
      const two = (await there.messages.inbox({ unread: true }))[0]?.id ?? "";
      expect([await there.messages.acknowledge([two]), await there.messages.acknowledge([two])]).toEqual([1, 0]);
      await expect(fleet.messages.request("@b", "anyone?", { timeoutMs: 300 })).rejects.toMatchObject({ code: "timeout" });
      const stop = new AbortController();
      const asked = fleet.messages.request("@b", "still?", { signal: stop.signal });
      setTimeout(() => stop.abort(), 200);
      await expect(asked).rejects.toMatchObject({ code: "cancelled" });
      const third = await open(a);
      const hearing = third.messages.listen({ from: "nobody" }).next();
      const ended = expect(hearing).rejects.toMatchObject({ code: "cancelled" });
      await third.close();
      await ended;
      for await (const each of fleet.messages.listen({ signal: stop.signal })) expect(each).toBeUndefined();
      await expect(fleet.messages.send("b:99999", "x")).rejects.toMatchObject({ code: "unknown-session" });
      await expect(fleet.messages.reply("aaaaaaaaaaaa", "x")).rejects.toMatchObject({ code: "unknown-message" });
    } finally {
      await there.close();
    }
  });

  it("finds what sessions have printed, and is told what an agent does", async () => {
    const [here, there] = await Promise.all(["a", "b"].map((on) => fleet.launch({ command: ["sh", "-c", `echo before; echo Needle-${on}; sleep 1000`], on, tags: ["hay"] })));
    for (const session of [here, there]) await session?.wait(/Needle/);
    const { matches, more, failures } = await fleet.search("Needle-", { tags: ["hay"], context: 1 });
    expect([matches.map(({ target }) => target).toSorted(), more, failures]).toEqual([[here?.target, there?.target], false, []]);
    expect(matches[0]).toMatchObject({ line: expect.stringMatching(/^Needle-[ab]$/) as string, before: ["before"] });
    expect((await fleet.search(/NEEDLE-\w/i, { targets: [there?.target ?? ""] })).matches).toMatchObject([{ target: there?.target, line: "Needle-b" }]);
    expect(await fleet.search("Needle", { tags: ["hay"], limit: 1 })).toMatchObject({ more: true, matches: [{}] });
    expect((await fleet.search("NEEDLE", { nodes: ["b"], since: new Date(Date.now() + 60_000) })).matches).toEqual([]);
    await expect(fleet.search("x", { nodes: ["a"], targets: ["b:1"] })).rejects.toMatchObject({ code: "usage" });
    await expect(fleet.search("x", { nodes: ["nobody"] })).rejects.toMatchObject({ code: "unknown-node" });

    expect(await there?.report({ state: "blocked", reason: "question", message: "which one?" })).toMatchObject({ taken: true, activity: { state: "blocked", reason: "question" } });
    expect(await there?.report({ state: "working" })).toMatchObject({ taken: true });
    expect((await there?.record())?.activity.state).toBe("working");
    await fleet.broadcast([here, there].filter((session) => session !== undefined), (session) => session.kill({ graceMs: 0 }));
  });

  it("several clients in one process are each their own: a home, another, and a direct server", async () => {
    await using c = machine();
    const { stdout: token } = await c.run("bash", ["-c", "fleet up --name c --quiet >&2 && fleet server token create program --role operator"]);
    const [server = ""] = /ws:\/\/127\.0\.0\.1:\d+/.exec(await c.ok("up", "--json")) ?? [];
    const clients = [await open(a), await open(b), await open(b, { server, token: token.trim() }), await open(b, { server, token: "wrong" })] as const;
    try {
      expect(await Promise.all(clients.slice(0, 3).map(async (client) => (await client.node()).name))).toEqual(["a", "b", "c"]);
      const there = await clients[2].launch({ command: ["cat"] });
      const terminal = await there.attach();
      let shown = "";
      terminal.setEncoding("utf8").on("data", (text: string) => (shown += text));
      terminal.write("over the direct server\r");
      await waitFor("cat says it again", () => shown.split("over the direct server").length > 2);
      terminal.end("\u0004");
      await waitFor("the terminal has ended", () => terminal.ended);
      expect(terminal.ended).toEqual({ state: "exited", exit: { code: 0 } });
      await expect(clients[3].node()).rejects.toMatchObject({ code: "bad-bearer" });
    } finally {
      for (const client of clients) await client.close();
    }
  });

  it("speaks again after its hub was away, and who waited waits on", async () => {
    const file = join(b.home, "go");
    const session = await fleet.launch({ command: ["sh", "-c", `while [ ! -e ${file} ]; do sleep 0.1; done; exit 4`], on: "b" });
    const waited = session.wait("exit");
    const inVain = session.wait("idle", { outageMs: 0 }).catch((error: FleetError) => error.retryable);
    await a.ok("hub", "down");
    expect(await inVain).toBe(true);
    await expect(fleet.session("b:1").record()).rejects.toMatchObject({ retryable: true });
    expect((await fleet.node()).name).toBe("a");
    await a.ok("hub", "up");
    await waitFor("the other node answers", async () => (await fleet.node("b").catch(() => undefined))?.name === "b", 30_000);
    writeFileSync(file, "");
    expect(await waited).toMatchObject({ exitCode: 4 });
  }, 60_000);

  it("errors are data with a next step", async () => {
    await expect(fleet.launch({ command: ["no-such-program-anywhere"], on: "b" })).rejects.toMatchObject({ code: "command-not-found", exit: 127 });
    await expect(fleet.launch({ command: ["true"], on: "Nobody" })).rejects.toMatchObject({ code: "bad-name" });
    await expect(fleet.launch({ command: ["true"], on: "b", dir: "here" })).rejects.toMatchObject({ code: "usage" });
    await expect(fleet.launch({ command: [] })).rejects.toMatchObject({ code: "bad-input" });
    await expect(fleet.node("nobody")).rejects.toMatchObject({ code: "unknown-node", hint: expect.any(String) as string });
    expect(() => fleet.session("a:b:c")).toThrow(expect.objectContaining({ code: "bad-target" }));
  });
});

it("without any fleet it is this machine, whose node is started by the first question", async () => {
  await using alone = machine();
  writeFileSync(join(alone.home, "mark"), "");
  const fleet = await connect({ home: alone.home, nodeProgram });
  try {
    expect(await fleet.sessions()).toEqual([]);
    const { output, exitCode } = await fleet.run({ command: ["ls", alone.home] });
    expect(exitCode).toBe(0);
    expect(output.toString()).toContain("mark");
    expect((await fleet.nodes()).length).toBe(1);
  } finally {
    await fleet.close();
  }
});

it("a fleet on a plain NATS that isn't there is said at the first question", async () => {
  await using alone = machine();
  const fleet = await connect({ home: alone.home, nodeProgram, nats: `nats://127.0.0.1:${await freePort()}` });
  try {
    await expect(fleet.nodes()).rejects.toMatchObject({ code: "nats-unreachable", retryable: true });
  } finally {
    await fleet.close();
  }
});
