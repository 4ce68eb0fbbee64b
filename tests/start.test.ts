// A clean clone and two commands: what a stranger does first.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { waitFor } from "../shared/src/testing/index.ts";
import { Machine, root, shortTemporaryDirectory } from "./machines.ts";

it("npm start on a clean clone ends with a fleet that works, is quick the second time, and npm run stop takes it down", async () => {
  const directory = shortTemporaryDirectory();
  await using home = new Machine(join(directory, "h"), {}, directory);
  const clone = join(directory, "clone");
  expect((await home.run("git", ["clone", "-q", root, clone])).code).toBe(0);
  const npm = (...args: string[]) => home.run("npm", args, { cwd: clone });

  const first = await npm("start");
  expect(first, first.stderr).toMatchObject({ code: 0 });
  const all = first.stdout + first.stderr;
  expect(all).toMatch(/Hello from a session/);
  expect(all).toMatch(/live/);
  expect(all).toMatch(/What to type next/);
  expect(existsSync(join(clone, "node_modules/.bin/fleet"))).toBe(true);

  const from = performance.now();
  const second = await npm("start");
  const seconds = (performance.now() - from) / 1000;
  expect(second.code, second.stderr).toBe(0);
  expect(seconds).toBeLessThan(30);
  const sessions = JSON.parse((await home.run(join(clone, "node_modules/.bin/fleet"), ["ls", "--json"])).stdout) as { name: string }[];
  expect(sessions.map(({ name }) => name)).toEqual(["hello"]);

  const stopped = await npm("run", "stop");
  expect(stopped.code, stopped.stderr).toBe(0);
  await waitFor("nothing of it runs any more", async () => (await home.run("pgrep", ["-af", home.home])).stdout === "");
}, 400_000);
