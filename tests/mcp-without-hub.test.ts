// 'fleet mcp' where there is less: one machine alone, and two on a plain NATS without a registry.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { TestClient } from "../fleet-cli/src/mcp/test-client.ts";
import type { NodeRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { freePort, machine } from "./machines.ts";
import { worker } from "./mcp-fleet.ts";

/** A worker from its launch to its end, and what is told of it meanwhile. */
async function supervise(mcp: TestClient, on: object): Promise<void> {
  const { target } = (await mcp.ok("launch", { command: worker(0), ...on })).session;
  expect(await mcp.ok("wait", { targets: [target], for: ["blocked"], timeoutSeconds: 60 })).toMatchObject({ met: true });
  const { next } = await mcp.ok("events");
  await mcp.client.subscribeResource({ uri: `fleet://session/${target}/record` });
  const coming = mcp.ok("events", { cursor: next, targets: [target], kinds: ["session-ended"], waitSeconds: 60 });
  await mcp.ok("send", { target, text: "yes" });
  expect(await mcp.ok("wait", { targets: [target], timeoutSeconds: 60 })).toMatchObject({ met: true, sessions: [{ why: "exit", session: { exit: { code: 0 } } }] });
  expect((await coming).events).toMatchObject([{ kind: "session-ended", session: { target } }]);
  await waitFor("the client hears of its end", () => mcp.updated.includes(`fleet://session/${target}/record`));
  expect((await mcp.ok("output", { target, lines: 1 })).text).toBe("answered: yes\n");
  expect(await mcp.ok("remove", { targets: [target] })).toMatchObject({ removed: [target] });
}

it("one machine alone: listing starts nothing, launching starts its node", async () => {
  await using a = machine();
  await using mcp = await TestClient.connect(a.env, a.home);
  expect(await mcp.ok("sessions")).toMatchObject({ sessions: [], total: 0 });
  expect((await mcp.client.listResourceTemplates()).resourceTemplates).toHaveLength(3);
  expect(existsSync(`${a.home}/state/fleet.db`)).toBe(false);
  await supervise(mcp, {});
}, 60_000);

it("two machines on a plain NATS, without a registry", async () => {
  const port = await freePort();
  const nats = spawn("nats-server", ["-a", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  try {
    await using a = machine();
    await using b = machine();
    for (const [one, name] of [[a, "a"], [b, "b"]] as const) await one.ok("up", "--nats", `nats://127.0.0.1:${port}`, "--open", "--name", name);
    await waitFor("both are there", async () => (await a.json<NodeRecord[]>("nodes")).length === 2);
    await using mcp = await TestClient.connect(a.env, a.home);
    expect((await mcp.ok("nodes")).notes.join()).toMatch(/unprotected/);
    await supervise(mcp, { node: "b" });
  } finally {
    nats.kill();
  }
}, 60_000);
