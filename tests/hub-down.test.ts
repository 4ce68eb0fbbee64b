// Taking a hub down while the agent that was started for it brings the hub up.
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { initHub, machine } from "./machines.ts";

/** Programs whose command line names the directory. */
function programsOf(home: string): string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return line.includes(home) && !line.includes("fleet-pty") ? [line] : [];
    } catch {
      return [];
    }
  });
}

const HUB = /nats-server|registry/;

it("leaves nothing of it running, also when the agent had been stopped", async () => {
  await using one = machine();
  await initHub(one);
  await one.ok("hub", "up");
  await one.ok("down", "--sessions", "--yes");
  await one.ok("hub", "down");
  const { parts } = await one.json<{ parts: { name: string; state: string }[] }>("hub", "status");
  // The gateway is the node's as well.
  expect(parts.filter(({ name, state }) => state === "running" && name !== "caddy")).toEqual([]);
  expect(programsOf(one.home).filter((line) => HUB.test(line))).toEqual([]);
  // And what was taken down stays down.
  await one.ok("down");
  await one.ok("up");
  expect(programsOf(one.home).filter((line) => HUB.test(line))).toEqual([]);
}, 60_000);
