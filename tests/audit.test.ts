// The audit record of a fleet, as an admin sees it: two machines, a hub, and somebody who changes a file.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../shared/src/testing/index.ts";
import { initHub, machine, type Machine } from "./machines.ts";

interface Entry {
  readonly source: string;
  readonly verb: string;
  readonly target?: string;
  readonly code: string;
  readonly who: { readonly role?: string; readonly carrier: string };
}
interface Found {
  readonly source: string;
  readonly at: string;
  readonly problem: { readonly seq: number; readonly what: string } | null;
}

describe("the audit record of a fleet", () => {
  let hub: Machine;
  let beta: Machine;
  beforeAll(async () => {
    hub = machine({ FLEET_NODE_NAME: "alpha" });
    beta = machine({ FLEET_NODE_NAME: "beta" });
    await initHub(hub);
    await hub.ok("hub", "up");
    await beta.ok("up", "--join", await hub.ok("hub", "token", "--role", "node", "--name", "beta"));
    await waitFor("beta is there", async () => (await hub.json<{ name: string; state: string }[]>("nodes")).some(({ name, state }) => name === "beta" && state === "live"));
  }, 60_000);
  afterAll(async () => {
    await beta[Symbol.asyncDispose]();
    await hub.fleet("hub", "down");
    await hub[Symbol.asyncDispose]();
  });
  const entries = (...args: string[]) => hub.json<Entry[]>("audit", ...args);

  it("has what was done on each machine, and what was done to the hub", async () => {
    expect(await hub.ok("launch", "--on", "beta", "--name", "job", "--", "sleep", "600")).toBe("beta:1");
    await waitFor("the hub's copy", async () => (await entries("--node", "beta", "--verb", "session-launch"))[0]?.code === "ok", 20_000);
    expect(await entries("--node", "beta", "--verb", "session-launch")).toMatchObject([{ source: "beta", target: "beta:1", code: "ok", who: { carrier: "bus", role: "admin" } }]);
    expect(await entries("--node", "registry", "--verb", "enroll")).toMatchObject([{ code: "ok", target: "beta" }]);
    expect((await entries("--node", "hub")).map(({ verb }) => verb)).toEqual(expect.arrayContaining(["hub-init", "token-created"]));
    expect((await hub.json<Found[]>("audit", "verify")).filter(({ problem }) => problem !== null)).toEqual([]);
  });

  it("is for admins, and their own machine's owner", async () => {
    const { code, stderr } = await hub.fleet("audit", "--verb", "nothing-like-this");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const carl = machine({ FLEET_NODE_NAME: "carl-box" });
    try {
      await carl.ok("join", await hub.ok("hub", "token", "--role", "operator", "--name", "carl"));
      expect(await carl.fleet("audit")).toMatchObject({ code: 1, stderr: expect.stringContaining("operator") as string });
    } finally {
      await carl[Symbol.asyncDispose]();
    }
  });

  it("shows a record that was changed, with its number, in 'verify' and in the list of nodes; the hub's copy stays whole", async () => {
    const before = (await hub.json<Found[]>("audit", "verify", "--node", "beta")).map(({ at }) => at);
    expect(before).toEqual(["node", "hub"]);
    await beta.ok("down");
    const directory = join(beta.home, "state/audit");
    const file = join(directory, readdirSync(directory).filter((name) => name.endsWith(".jsonl")).at(-1) ?? "");
    const lines = readFileSync(file, "utf8").split("\n");
    const at = lines.findIndex((line) => line.includes('"verb":"session-launch"'));
    writeFileSync(file, lines.filter((_, index) => index < at).join("\n") + "\n");
    await beta.ok("up");
    await waitFor("the alarm", async () => (await hub.json<{ name: string; warning?: string }[]>("nodes")).find(({ name }) => name === "beta")?.warning?.includes("audit-"), 30_000);
    const { code, stdout } = await hub.fleet("audit", "verify", "--node", "beta", "--json");
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as Found[]).filter(({ problem }) => problem !== null).length).toBeGreaterThan(0);
    // What was cut out on the machine is still to be read.
    expect(await entries("--node", "beta", "--verb", "session-launch")).toHaveLength(1);
    expect((await hub.fleet("audit", "--limit", "1")).stderr).toContain("beta: audit-");
  });
});
