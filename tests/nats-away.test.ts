// The control plane is gone, for a quarter of an hour if need be: what is attached goes on, and whoever is cut meanwhile comes back
// without it, with every byte once.
import { createWriteStream, existsSync, readFileSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startNats, type TestNats } from "../node-agent/src/fleet/testing.ts";
import type { NodeRecord } from "../shared/src/domain/index.ts";
import { BadLink, counts, waitFor } from "../shared/src/testing/index.ts";
import { freePort, machine, type Machine } from "./machines.ts";
import { Tmux } from "./tmux.ts";

const AWAY_MS = counts(12_000, 15 * 60_000);
const CUT_EVERY_MS = counts(2_000, 15_000);

let nats: TestNats;
let near: Machine;
let far: Machine;
let link: BadLink;
beforeAll(async () => {
  nats = await startNats();
  const [port, linkPort] = [await freePort(), await freePort()];
  near = machine({ FLEET_NATS_URL: nats.url });
  far = machine({ FLEET_NATS_URL: nats.url, FLEET_LISTEN: `0.0.0.0:${port}`, FLEET_EXTERNAL_URL: `ws://127.0.0.1:${linkPort}` });
  await far.ok("up", "--name", "far", "--open");
  link = await BadLink.open({ host: "127.0.0.1", port }, { port: linkPort });
  await waitFor("it is there", async () => (await near.json<NodeRecord[]>("nodes")).some(({ name }) => name === "far"));
}, 120_000);
afterAll(async () => {
  await link[Symbol.asyncDispose]();
  for (const one of [near, far]) await one[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
});

it("attached viewers come back after each cut, and neither output nor input is lost or doubled", async () => {
  await near.ok("launch", "--on", "far", "--name", "counter", "--dir", far.home, "--", "sh", "-c", "i=0; while [ ! -e stop ]; do i=$((i+1)); echo line-$i; sleep 0.01; done");
  await near.ok("launch", "--on", "far", "--name", "typed", "--", "sh", "-c", "stty -echo; echo ready; exec cat");
  const file = join(near.home, "followed");
  const follower = spawn("fleet", ["logs", "-f", "far:counter"], { env: near.env, cwd: near.home, stdio: ["ignore", "pipe", "pipe"] });
  follower.stdout.pipe(createWriteStream(file));
  using terminal = new Tmux(near.env, "fleet attach far:typed");
  await terminal.shows(/^ready/m);
  await waitFor("the follower hears something", () => existsSync(file) && readFileSync(file).length > 0, 20_000);

  await nats.kill();
  let round = 0;
  for (const until = performance.now() + AWAY_MS; performance.now() < until; round++) {
    link.cut();
    terminal.type(`typed-${round}\n`);
    await terminal.shows(new RegExp(`^typed-${round}$`, "m"), 20_000);
    const size = readFileSync(file).length;
    await waitFor("the follower hears more", () => readFileSync(file).length > size, 20_000);
    await new Promise((resolve) => setTimeout(resolve, CUT_EVERY_MS));
  }
  expect(link.cuts).toBeGreaterThan(3);
  // Nothing new can be asked for meanwhile, and that is said at once.
  const { code, stderr } = await near.fleet("status", "far:counter");
  expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringMatching(/^fleet: .*nothing listens there/) as string });

  await nats.restart();
  writeFileSync(join(far.home, "stop"), "");
  await waitFor("the node is back", async () => (await near.json<NodeRecord[]>("nodes")).some(({ name }) => name === "far"), 20_000);
  if (follower.exitCode === null) await once(follower, "close");
  const lines = readFileSync(file, "utf8").trim().split(/\r?\n/);
  expect(lines).toEqual(lines.map((_, index) => `line-${index + 1}`));
  expect(lines.length).toBeGreaterThan(AWAY_MS / 100);
  const typed = (await far.ok("logs", "typed")).split(/\r?\n/).slice(1);
  expect(typed).toEqual(Array.from({ length: round }, (_, index) => `typed-${index}`));
}, AWAY_MS + 120_000);
