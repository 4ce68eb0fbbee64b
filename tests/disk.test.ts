// What people see of a disk that is full, and of what is kept: through the commands.
import { rmdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canMount, SmallDisk, waitFor } from "../shared/src/testing/index.ts";
import { machine, Machine, shortTemporaryDirectory } from "./machines.ts";

describe.skipIf(!canMount())("a full disk", () => {
  let a: Machine;
  let disk: SmallDisk;
  beforeAll(() => {
    disk = new SmallDisk(shortTemporaryDirectory(), 6 * 1024 * 1024);
    a = new Machine(`${disk.path}/h`);
  });
  afterAll(async () => {
    disk.free();
    await a[Symbol.asyncDispose]();
    disk[Symbol.dispose]();
    rmdirSync(disk.path);
  });

  it("is said by launch, ls, status, doctor and the node; sessions go on; it is over when space returns", async () => {
    await a.ok("launch", "--name", "talks", "--", "sh", "-c", "stty -echo; while read x; do head -c $x /dev/zero | tr '\\0' y; echo; done");
    await a.ok("run", "--quiet", "--", "sh", "-c", "seq 1 100000");
    disk.fill();
    const refused = await a.fleet("launch", "--", "sleep", "100");
    expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/^fleet: no space left on \S+\nhint: free some space[^\n]*\n$/) as string });
    expect(JSON.parse((await a.fleet("launch", "--json", "--", "sleep", "100")).stderr)).toMatchObject({ error: { code: "disk" } });
    await a.ok("send", "talks", "300000");
    await waitFor("status says so", async () => /^warning +output can't be logged: .*no space/m.test(await a.ok("status", "talks")));
    expect(await a.ok("ls")).toMatch(/running !/);
    await waitFor("doctor says so", async () => /^warn +agent +no space left/m.test((await a.fleet("doctor")).stdout));
    expect((await a.ok("logs", "talks")).replaceAll(/\s/g, "").length).toBeGreaterThan(200_000);
    expect(await a.ok("node", "describe", await a.ok("up", "--quiet"))).toMatch(/^warning +no space left/m);
    // A log is removed before its row: that is the room the row's removal needs.
    expect(await a.ok("prune", "--yes")).toMatch(/1 ended session with .* of logs removed$/);
    disk.free();
    await waitFor("all is well", async () => !/no space/.test((await a.fleet("doctor")).stdout) && !/!/.test(await a.ok("ls")));
    await a.ok("launch", "--", "true");
  });
});

describe("what is kept", () => {
  let a: Machine;
  beforeAll(() => {
    a = machine();
  });
  afterAll(() => a[Symbol.asyncDispose]());

  it("prune shows, asks and removes; doctor and describe say what the logs take", async () => {
    await a.ok("launch", "--name", "stays", "--", "sleep", "100");
    for (const name of ["one", "two"]) {
      await a.ok("launch", "--name", name, "--", "sh", "-c", "seq 1 2000");
      await a.ok("wait", name);
    }
    expect(await a.ok("prune", "--older-than", "7d")).toBe("nothing to remove");
    expect(await a.ok("prune", "--keep-count", "1", "--dry-run")).toMatch(/^\S+:2 one, ended \d+s ago, [\d.]+ KB\n1 ended session with [\d.]+ KB of logs would be removed$/);
    expect(await a.fleet("prune")).toMatchObject({ code: 2, stderr: expect.stringMatching(/remove 2 ended sessions with [\d.]+ KB of logs\? \(give --yes\)/) as string });
    expect((await a.json<unknown[]>("ls"))).toHaveLength(3);
    expect((await a.fleet("doctor")).stdout).toMatch(/^ok +logs +[\d.]+ KB of ended sessions \(2\), .* of running ones \(1\); kept are ended sessions for 30 days, up to 4.0 GB, up to 10000 of them; of each the newest 64.0 MB$/m);
    expect(await a.ok("node", "describe", await a.ok("up", "--quiet"))).toMatch(/^logs +[\d.]+ KB of ended sessions \(2\)/m);
    expect(await a.ok("prune", "--keep-bytes", "1K", "--yes")).toMatch(/2 ended sessions with [\d.]+ KB of logs removed$/);
    expect(await a.json<unknown[]>("ls")).toMatchObject([{ name: "stays", state: "running" }]);
    expect((await a.fleet("prune", "--older-than", "soon")).code).toBe(2);
  });
});
