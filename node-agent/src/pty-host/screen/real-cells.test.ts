// Screens of programs as people run them: as data, they are what a terminal shows.
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ScreenPicture } from "@fleetwire/shared/control";
import { waitFor } from "@fleetwire/shared/testing";
import { TestHost, type Spawned } from "../testing/test-host.ts";
import { redraw, seenRows } from "../testing/redrawn.ts";
import { Shown } from "../testing/shown.ts";

const dir = mkdtempSync(join(tmpdir(), "fp-"));
const file = join(dir, "text.c");
const tmux = `fc-${randomBytes(3).toString("hex")}`;
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  vim: ["vim", "-u", "NONE", "-N", "-n", "+syntax on", "+set number hlsearch cursorline", "+/line", "+vsplit", file],
  less: ["less", "-R", "-N", file],
  htop: ["htop", "-d", "100"],
  top: ["top", "-d", "100"],
  nano: ["nano", "--ignorercfiles", file],
  tmux: ["tmux", "-L", tmux, "-f", "/dev/null", "new-session", "seq 1 60; ls --color=always /; exec cat"],
};
const SIZES = [{ cols: 80, rows: 24 }, { cols: 61, rows: 17 }];

let host: TestHost;
beforeAll(async () => {
  writeFileSync(file, Array.from({ length: 200 }, (_, n) => `int line_${n} = ${n}; /* line ${"x".repeat((n * 7) % 120)} */ // \u001b[3${n % 8}mcolour\u001b[m é 漢字 👍\n`).join(""));
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

const isThere = ([program = ""]: readonly string[]) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

describe.concurrent("a real program's screen as data is what a terminal shows", () => {
  it.each(Object.entries(PROGRAMS).filter(([, command]) => isThere(command)))("%s", async (_name, command) => {
    for (const size of SIZES) {
      const session = await host.spawn([...command], { size, env: { COLORTERM: "truecolor", HOME: dir } });
      await waitFor("its first screen", async () => (await host.get(session)).offset > 300);
      await waitFor("both pictures of one moment", () => isSame(session, size), 20_000);
      await host.kill(session, "KILL", 0);
    }
  }, 60_000);
});

/** False while it draws: two pictures of different moments say nothing. */
async function isSame(session: Spawned, size: { cols: number; rows: number }): Promise<boolean> {
  const [data, terminal] = await Promise.all([
    host.connect(session, { kind: "screen", format: "cells" }).then((client) => client.snapshot()),
    host.attach(session, {}, { scope: "read" }).then((client) => client.snapshot()),
  ]);
  if (data.header.offset !== terminal.header.offset) return false;
  const picture = ScreenPicture.parse(JSON.parse(data.bytes.toString()));
  using shown = new Shown(size);
  await shown.write(terminal.bytes);
  const { active } = shown.terminal.buffer;
  expect(await redraw(picture)).toEqual(seenRows(shown.terminal, active.baseY, size.rows));
  expect(picture.modes.alternateScreen).toBe(active.type === "alternate");
  expect(picture.cursor).toMatchObject({ row: active.cursorY, col: Math.min(active.cursorX, size.cols - 1) });
  return true;
}
