// Programs as people run them, on real terminals, with keys, resizes and viewers that come at any moment (D2).
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { counts, waitFor } from "@fleetwire/shared/testing";
import { TestHost } from "../testing/test-host.ts";
import type { TestClient } from "../testing/test-client.ts";
import { expectSameScreens } from "../testing/witness.ts";
import { SCROLLBACK } from "./emulator.ts";

const dir = mkdtempSync(join(tmpdir(), "fp-"));
const text = join(dir, "text.c");
const tmux = `fp-${randomBytes(3).toString("hex")}`;
const agent = join(import.meta.dirname, "../testing/agent-screen.mjs");
const SIZES = [[80, 24], [100, 30], [61, 17], [132, 43], [40, 12]].map(([cols = 80, rows = 24]) => ({ cols, rows }));

interface Program {
  readonly command: string[];
  readonly keys: readonly string[];
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  vim: { command: ["vim", "-u", "NONE", "-N", "-n", text], keys: [":syntax on\r", ":set number hlsearch\r", "/line\r", "Ghello 世界 👍\u001b", "onew line\u001b", ":vsplit\r", ":set list\r", "gg", "\u0016jjll", "\u001b", ":new\r", "iabc\tdef\r\u001b", "\u0006", ":echo 'x'\r", "dd", "u", ":%s/a/b/g\r", ":only!\r", ":shell\r", "seq 1 40\r", "exit\r", "\r"] },
  less: { command: ["less", "-R", text], keys: [" ", " ", "/line 9\r", "n", "G", "b", "g", "-S", "\r", "\u001b[C", "-N", "\r", "F", "\u0003", "h", "q", "50%", "!seq 1 30\r", "\r"] },
  htop: { command: ["htop", "-d", "1"], keys: ["\u001b[B", "\u001b[B", "t", "\u001bOQ", "\u001b[C", "\u001b", "/", "no", "\u001b", "H", "u", "\u001b", "\u001bOP", "q"] },
  nano: { command: ["nano", "--ignorercfiles", text], keys: ["typed é 日本 ", "\u0016", "\u000b", "\u0015", "\u0017line\r", "\u0016", "\u001b[6~", "\u0007", "\u0018", "\u000f", "\u0003", "\u0001", "\r\r\r"] },
  tmux: { command: ["tmux", "-L", tmux, "-f", "/dev/null", "new-session", "sh"], keys: ["seq 1 60\r", "\u0002%", "echo 世界 👍\r", "\u0002\"", "seq 1 9\r", "\u0002o", "\u0002z", "\u0002z", "\u0002c", "ls --color=always /\r", "\u0002p", "\u0002[", "\u001b[5~", "q", "\u0002t", "q", "exit\r"] },
  progress: { command: ["sh", "-c", "i=0; while [ $i -lt 400 ]; do i=$((i+1)); printf '\\r\\033[K%3d%% [%-*s] %d kB/s' $((i/4)) 40 \"$(printf '%*s' $((i/10)) '' | tr ' ' '#')\" $((i*37%991)); [ $((i%25)) = 0 ] && printf '\\n'; sleep 0.004; done; exec cat"], keys: ["", "", "\r", "text\r"] },
  agent: { command: [process.execPath, agent], keys: ["hello", "s", "a", "typing", "s", "a", "s", "x", "a", "yes", "a", "s", "a", "z"] },
};

let host: TestHost;
beforeAll(async () => {
  writeFileSync(text, Array.from({ length: 300 }, (_, n) => `int line_${n} = ${n}; /* line ${n} ${"x".repeat((n * 7) % 120)} */ // \u001b[3${n % 8}mcolour\u001b[m é 漢字\n`).join(""));
  host = await TestHost.start();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  try {
    execFileSync("tmux", ["-L", tmux, "kill-server"], { stdio: "ignore" });
  } catch {
    // It went with its last session.
  }
  rmSync(dir, { recursive: true, force: true });
});

const isThere = ([program = ""]: readonly string[]) => program === process.execPath || spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

describe.concurrent("a real program looks the same to whoever joins", () => {
  it.each(Object.entries(PROGRAMS).filter(([, { command }]) => isThere(command)))("%s", async (_name, program) => {
    for (let round = 0; round < counts(1, 60); round++) await play(program);
  }, counts(30_000, 1_800_000));
});

async function play({ command, keys }: Program): Promise<void> {
  const session = await host.spawn(command, { env: { COLORTERM: "truecolor", HOME: dir } });
  const driver = await host.attach(session, { size: { cols: 80, rows: 24 } });
  await waitFor("its first output", async () => (await host.get(session)).offset > 0);
  const joined: Promise<TestClient>[] = [];
  let typed = 0;
  for (const key of keys) {
    if ((await host.get(session)).running === false) break;
    driver.type(typed, Buffer.from(key));
    typed += Buffer.byteLength(key);
    await sleep(Math.random() * 60);
    joined.push(host.attach(session, { scrollback: SCROLLBACK, mode: Math.random() < 0.5 ? "latest" : "lossless" }));
    if (Math.random() < 0.3) driver.say({ type: "resize", ...(SIZES[Math.floor(Math.random() * SIZES.length)] ?? { cols: 90, rows: 20 }) });
    await sleep(Math.random() * 60);
  }
  const viewers = await Promise.all(joined);
  expect(viewers.length).toBeGreaterThan(2);
  await expectSameScreens(host, session, viewers);
}
