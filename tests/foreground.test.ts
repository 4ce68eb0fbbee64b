// `fleet up --foreground`, as a container starts it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { SessionRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { machine } from "./machines.ts";

it("is the node itself, with its settings from the environment, and ends when it is ended", async () => {
  await using one = machine({ FLEET_NODE_NAME: "boxed" });
  const child = spawn("fleet", ["up", "--foreground"], { env: one.env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  // Whoever asks before would start a node of his own.
  await waitFor("it listens", () => existsSync(join(one.home, "run/agent.sock")));
  await waitFor("it answers", async () => (await one.fleet("ls")).code === 0 && (await one.fleet("up", "--quiet")).stdout.trim() === "boxed");
  expect(await one.json<SessionRecord[]>("ls")).toEqual([]);
  expect(await one.fleet("up", "--foreground")).toMatchObject({ code: 1, stderr: expect.stringMatching(/runs already \(pid \d+\)/) as string });
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
});
