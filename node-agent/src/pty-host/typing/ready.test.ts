// The first bytes are not lost to a program that starts, and whoever never reads is not waited for without end.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { TestHost, type Spawned } from "../testing/test-host.ts";

const send = (host: TestHost, { id, epoch }: Spawned, input: Partial<Parameters<typeof host.control.call<"send">>[1]>) => host.control.call("send", { id, epoch, enter: true, ...input });

async function printed(host: TestHost, session: Spawned, text: string): Promise<void> {
  const viewer = await host.attach(session, { from: 0 });
  await viewer.prints(text);
}

const NODE = 'setTimeout(() => { process.stdin.setRawMode(true); process.stdin.on("data", (data) => console.log(JSON.stringify(data.toString()))); }, 2000)';
const FLUSHES = "import termios,tty,time,os\ntime.sleep(1)\ntty.setraw(0, termios.TCSAFLUSH)\nwhile True: os.write(1, repr(os.read(0, 999)).encode())";

describe.each([{ spawnHelper: true, by: "fleet-spawn" }, { spawnHelper: false, by: "stty" }])("right after the launch, seen by $by", ({ spawnHelper }) => {
  it.each([
    { program: "bash", command: ["bash", "--norc", "-i"], typed: "echo $((6*7))", shows: "42" },
    { program: "sh", command: ["sh"], typed: "echo $((6*7))", shows: "\n42" },
    { program: "python3", command: ["python3", "-q"], typed: "print(6*7)", shows: "\n42" },
    { program: "a node program that takes two seconds", command: ["node", "-e", NODE], typed: "hello", shows: '"hello"\r\n"\\r"' },
    { program: "a program that throws away what came before", command: ["python3", "-c", FLUSHES], typed: "hello", shows: "b'hello'b'\\r'" },
  ])("$program gets all of it", async ({ command, typed, shows }) => {
    await using host = await TestHost.start({ spawnHelper });
    const session = await host.spawn(command);
    expect(await send(host, session, { text: typed })).toMatchObject({ receipt: expect.stringMatching(/written|queued/) as string });
    await printed(host, session, shows);
  });

  it("vim gets text and commands", async () => {
    await using host = await TestHost.start({ spawnHelper });
    const file = join(host.dir, "text");
    const session = await host.spawn(["vim", "-u", "NONE", "-N", "-n", file]);
    await send(host, session, { keys: ["i"], enter: false });
    await send(host, session, { text: "one\ntwo größer", keys: ["Escape"], enter: false });
    await send(host, session, { text: ":wq" });
    await host.ended(session);
    expect(readFileSync(file, "utf8")).toBe("one\ntwo größer\n");
  });
});

describe("a program that doesn't wait for input", () => {
  it("is typed to when its time is over, and the receipt says so; the next one needn't wait", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn("exec sleep 600");
    const began = Date.now();
    expect(await send(host, session, { text: "x", readyMs: 1_500 })).toMatchObject({ receipt: "written", ready: false });
    expect(Date.now() - began).toBeGreaterThan(1_000);
    const { ready } = await send(host, session, { text: "y", enter: false, readyMs: 20_000 });
    expect(ready).toBeUndefined();
  });

  it("is typed to at once with force", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn("exec sleep 600");
    expect((await send(host, session, { text: "x", enter: false, force: true })).receipt).toBe("written");
  });

  it("and ends meanwhile: nothing was typed", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn("exec sleep 600");
    const sent = send(host, session, { text: "x" });
    await host.kill(session);
    await expect(sent).rejects.toMatchObject({ code: "not-running" });
  });
});

describe("in order", () => {
  it("stay sends that wait for the same program, and the parts of one have it to themselves", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const file = join(host.dir, "got");
    const session = await host.spawn(`sleep 0.5; stty raw -echo; exec cat > ${file}`);
    const part = (at: number, text: string) => send(host, session, { text, enter: false, sequence: { id: "sequence-1", at, last: at === 2 } });
    const first = await part(0, "a");
    const other = send(host, session, { text: "X", enter: false });
    await part(1, "b");
    await expect(part(1, "b")).rejects.toMatchObject({ code: "bad-input" });
    await part(2, "c");
    await other;
    expect(first.receipt).toBe("written");
    await waitFor("all of it", () => existsSync(file) && readFileSync(file, "utf8").length >= 4);
    expect(readFileSync(file, "utf8")).toBe("abcX");
  });
});

describe("an operation", () => {
  it("asked for on several lines, also while it waits and after one of them is gone, is typed once", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const file = join(host.dir, "got");
    const session = await host.spawn(`sleep 1; stty raw -echo; exec cat > ${file}`);
    const { connectControl } = await import("../testing/test-host.ts");
    const ask = { id: session.id, epoch: session.epoch, operation: "operation-0000001", text: "once", enter: false };
    const gone = await connectControl(host.socketPath, host.nodeKey.publicKey);
    void gone.call("send", ask).catch(() => undefined);
    gone[Symbol.dispose]();
    const answers = await Promise.all([host.control.call("send", ask), host.control.call("send", ask)]);
    expect(answers).toMatchObject([{ receipt: "written", bytes: 4 }, { receipt: "written", bytes: 4 }]);
    expect(await host.control.call("send", ask)).toEqual(answers[0]);
    await send(host, session, { text: "|", enter: false });
    await waitFor("the end", () => existsSync(file) && readFileSync(file, "utf8").endsWith("|"));
    expect(readFileSync(file, "utf8")).toBe("once|");
  });
});
