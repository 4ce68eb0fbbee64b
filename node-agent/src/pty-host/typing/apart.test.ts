// One send after another: a program tells them apart, and nobody waits for longer than that takes.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { TestHost, type Spawned } from "../testing/test-host.ts";

const send = (host: TestHost, { id, epoch }: Spawned, input: Partial<Parameters<typeof host.control.call<"send">>[1]>) => host.control.call("send", { id, epoch, enter: false, ...input });

/** Prints each read, in Python's words, and takes a moment before the next one. */
const READS = "import tty,os,time\ntty.setraw(0)\nwhile True:\n os.write(1, repr(os.read(0, 999)).encode())\n time.sleep(0.02)";
/** Says nothing to what it reads: pauses end by time alone. */
const SILENT = "stty raw -echo; printf ready; exec cat >/dev/null";

async function timed(what: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await what();
  return performance.now() - from;
}

it("a key and the text of the next send are two reads", async () => {
  await using host = await TestHost.start({ spawnHelper: true });
  const session = await host.spawn(["python3", "-c", READS]);
  await send(host, session, { keys: ["Escape"] });
  await send(host, session, { text: "x", enter: true });
  await send(host, session, { text: "y\n" });
  await send(host, session, { text: "z" });
  const viewer = await host.attach(session, { from: 0 });
  // An interrupt waits for nothing.
  await viewer.prints("b'z'");
  await send(host, session, { keys: ["C-c"], urgent: true });
  await send(host, session, { text: "w" });
  await viewer.prints(String.raw`b'\x1b'b'x'b'\r'b'y\r'b'z'b'\x03'b'w'`);
});

it("text after text needs no pause, nor does what comes long after a key", async () => {
  await using host = await TestHost.start({ spawnHelper: true });
  const session = await host.spawn(SILENT);
  await waitFor("ready", async () => (await host.get(session)).offset > 0);
  await send(host, session, { text: "a" });
  const texts: number[] = [];
  const later: number[] = [];
  const atOnce: number[] = [];
  for (let n = 0; n < 9; n++) texts.push(await timed(() => send(host, session, { text: "b" })));
  for (let n = 0; n < 9; n++) {
    await send(host, session, { keys: ["Enter"] });
    await sleep(60);
    later.push(await timed(() => send(host, session, { text: "c" })));
    await send(host, session, { keys: ["Enter"] });
    atOnce.push(await timed(() => send(host, session, { text: "d" })));
  }
  const median = (all: number[]) => all.toSorted((a, b) => a - b)[all.length >> 1];
  expect(median(texts)).toBeLessThan(15);
  expect(median(later)).toBeLessThan(15);
  expect(median(atOnce)).toBeGreaterThan(20);
});
