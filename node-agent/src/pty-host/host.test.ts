import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { TestHost } from "./testing/test-host.ts";

const sha = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("everything printed is kept (D5)", () => {
  it("programs that print and exit at once are complete, in the log and in a viewer", async () => {
    await using host = await TestHost.start();
    const rounds = counts(100, 1000);
    const inFlight = 4;
    const late: number[] = [];
    const one = async (index: number) => {
      const size = 1000 + ((index * 7919) % 200_000);
      const session = await host.spawn(`head -c ${size} /dev/zero | tr '\\0' x; printf LAST; exec date +%s%N >${host.dir}/ended${index}`);
      const viewer = await host.attach(session, { from: 0 });
      const told = viewer.until("exit").then(() => Date.now());
      const log = await host.log(session, { beginning: true }, true);
      late.push((await told) - Number(await readFile(join(host.dir, `ended${index}`), "utf8")) / 1e6);
      for (const client of [log, viewer]) {
        expect(client.bytes.length, `round ${index}`).toBe(size + 4);
        expect(client.text.endsWith("xLAST")).toBe(true);
        expect(client.faults).toEqual([]);
        expect(client.last("exit")).toMatchObject({ state: "exited", exit: { code: 0 }, offset: size + 4 });
      }
      expect(log.messages.map(({ type }) => type).slice(-2)).toEqual(["exit", "end"]);
      log.cut();
      await host.control.call("forget", { id: session.id, epoch: session.epoch });
    };
    for (let index = 0; index < rounds; index += inFlight) await Promise.all(Array.from({ length: inFlight }, (_, i) => one(index + i)));
    // The clock starts just before the last program's own end; whatever else this machine does only adds to it.
    expect(late.length).toBe(rounds);
    expect(late.toSorted((a, b) => a - b)[Math.floor(rounds / 10)], "ms until the exit was told").toBeLessThan(50);
  }, 600_000);

  it("bytes are bytes: all 256 values and invalid UTF-8 come as they were printed", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("stty raw; i=0; while [ $i -lt 20 ]; do perl -e 'print map chr, 0..255'; i=$((i+1)); done");
    await host.ended(session);
    const log = await host.log(session);
    const expected = Buffer.concat(Array.from({ length: 20 }, () => Buffer.from(Array.from({ length: 256 }, (_, value) => value))));
    expect(sha(log.bytes)).toBe(sha(expected));
  });

  it("an exit is told to every viewer after its last byte, and an ended session still has its last picture", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn("read x; seq 1 3000; echo end-marker; exit 7");
    const viewers = await Promise.all([host.attach(session), host.attach(session, { mode: "latest" }), host.attach(session, {}, { scope: "read" })]);
    const writer = viewers[0];
    writer?.type(0, Buffer.from("\r"));
    for (const viewer of viewers) {
      const exit = await viewer.until("exit");
      expect(exit).toMatchObject({ state: "exited", exit: { code: 7 } });
      expect(viewer.next).toBe(exit.offset);
      expect(viewer.faults).toEqual([]);
      await waitFor("the close", () => viewer.closeCode === 1000);
    }
    const late = await host.attach(session);
    expect((await late.snapshot()).bytes.toString()).toContain("end-marker");
    await late.until("exit");
  });

  it("a session has nothing open but its terminal, and says how an exec failed", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    await host.spawn("sleep 100");
    await host.spawn("sleep 100");
    const session = await host.spawn("ls /proc/self/fd | tr '\\n' ' '");
    await host.ended(session);
    // 3 is the listing's own.
    expect((await host.log(session)).text).toBe("0 1 2 3 ");
    const wrong = await host.spawn(["/nowhere/at-all"]);
    expect((await host.ended(wrong)).exit).toEqual({ code: 127 });
    expect((await host.log(wrong)).text).toContain("No such file");
  });

  it("whoever starts programs is killed: their terminals are hung up, that is said, and the next one starts", async () => {
    await using host = await TestHost.start({ spawnHelper: true });
    const session = await host.spawn("sleep 100");
    const { ppid } = statusOf(session.pid);
    expect(ppid).not.toBe(process.pid);
    process.kill(ppid, "SIGKILL");
    expect((await host.ended(session)).exit).toEqual({ reason: expect.stringContaining("started it") as string });
    await waitFor("the hang-up", () => !existsSync(`/proc/${session.pid}`) || statusOf(session.pid).state === "Z");
    const next = await host.spawn("echo next");
    expect((await host.ended(next)).exit).toEqual({ code: 0 });
    expect((await host.log(next)).text).toBe("next\r\n");
  });

  it("a command that can't be executed ends sanely", async () => {
    await using host = await TestHost.start();
    const session = await host.spawn(["/nowhere/at-all"]);
    const ended = await host.ended(session);
    expect(ended.exit).toEqual({ code: 1 });
  });
});

function statusOf(pid: number): { readonly ppid: number; readonly state: string } {
  const [state = "", ppid = ""] = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return { ppid: Number(ppid), state };
}
