// A hub on one machine, another joined to it by a token, and what becomes of it when agents come and go.
import { createServer } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { createAttachKey } from "@fleetwire/shared/wire";
import { bundleAgent, TestAgent } from "./test-agent.ts";

let bundle: Awaited<ReturnType<typeof bundleAgent>>;
let a: TestAgent;
let b: TestAgent;
beforeAll(async () => {
  bundle = await bundleAgent();
  a = await new TestAgent(bundle.program, { FLEET_NODE_NAME: "hub-box" }).start();
  b = await new TestAgent(bundle.program, { FLEET_NODE_NAME: "gpu-box" }).start();
});
afterAll(async () => {
  await a.ask("hub-down").catch(() => undefined);
  await Promise.all([a, b].map((agent) => agent[Symbol.asyncDispose]()));
  bundle[Symbol.dispose]();
});

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
const connected = (agent: TestAgent) =>
  waitFor("it is connected", async () => {
    const status = await agent.ask("agent-status");
    return status.fleet.state === "connected" ? status : undefined;
  }, 20_000);

it("without NATS a node is in no fleet, and says so", async () => {
  expect((await a.ask("agent-status")).fleet).toEqual({ state: "none", urls: [], unprotected: false });
});

it("the hub's machine is a node of its fleet, with a Caddy in front of its terminals", async () => {
  await a.ask("hub-init", { natsPort: await freePort(), gatewayPort: await freePort() });
  const hub = await a.ask("hub-up");
  expect(hub.parts.map(({ name, state }) => `${name} ${state}`)).toEqual(["nats-server running", "registry running", "caddy running"]);
  const status = await connected(a);
  expect(status).toMatchObject({ fleet: { unprotected: false }, node: { url: hub.gatewayUrl } });
  expect(hub.gatewayUrl).toMatch(/^wss:\/\/localhost:\d+$/);
});

it("a token makes another machine a node, for good", async () => {
  const { token } = await a.ask("hub-token", { role: "node", name: "gpu-box" as never });
  expect(await b.ask("node-join", { token })).toMatchObject({ role: "node", name: "gpu-box" });
  await connected(b);
  await b.end("SIGKILL");
  await b.start();
  const { fleet, node } = await connected(b);
  expect(fleet.unprotected).toBe(false);
  await waitFor("its terminals are served", async () => (await b.ask("node-get")).url !== null, 20_000);
  expect(node.name).toBe("gpu-box");
});

it("the agent's restart leaves hub and gateway as they are", async () => {
  const before = await a.ask("hub-status");
  await a.end("SIGTERM");
  await a.start();
  await connected(a);
  await waitFor("the gateway is found again", async () => (await a.ask("hub-status")).gatewayUrl === before.gatewayUrl, 20_000);
  expect((await a.ask("hub-status")).parts).toEqual(before.parts);
});

it("leaving the fleet is kept, and sessions don't notice", async () => {
  const { id, pid } = await b.ask("session-launch", { command: ["sleep", "100"], cwd: "/" });
  expect((await b.ask("node-configure", { nats: null })).fleet.state).toBe("none");
  await b.end("SIGTERM");
  await b.start();
  expect((await b.ask("agent-status")).fleet.state).toBe("none");
  expect((await b.ask("session-get", { session: { id } })).session).toMatchObject({ state: "running", pid });
  expect((await b.ask("session-view", { session: { id }, clientKey: createAttachKey().publicKey })).addresses[0]?.kind).toBe("unix");
});
