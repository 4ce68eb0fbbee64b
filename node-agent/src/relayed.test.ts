// The way through the relay while the node's own parts come and go: agent, PTY host, relay.
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { listenerOf, view } from "./sessions/test-viewer.ts";
import { bundleAgent, TestAgent } from "./test-agent.ts";

const TICKING = { command: ["sh", "-c", "i=0; while :; do echo tick $((i=i+1)); sleep 0.1; done"], cwd: "/" };

describe("a node behind the relay", () => {
  let bundle: Awaited<ReturnType<typeof bundleAgent>>;
  let hub: TestAgent;
  let node: TestAgent;
  let at: { url: string; ca: string };

  beforeAll(async () => {
    bundle = await bundleAgent();
    const ports = await Promise.all(Array.from({ length: 5 }, freePort));
    const env = (name: string, listen: number | undefined, gateway: number | undefined) => ({ FLEET_NODE_NAME: name, FLEET_LISTEN: `127.0.0.1:${listen}`, FLEET_GATEWAY_PORT: String(gateway) });
    hub = await new TestAgent(bundle.program, env("middle", ports[0], ports[1])).start();
    await hub.ask("hub-init", { host: "localhost", natsPort: ports[2] });
    await hub.ask("hub-up");
    node = await new TestAgent(bundle.program, env("far", ports[3], ports[4])).start();
    await node.ask("node-join", { token: (await hub.ask("hub-token", { role: "node", name: "far" })).token });
    at = { url: await relayOf(), ca: readFileSync(join(hub.home, "state/hub/ca/ca.crt"), "utf8") };
  });
  afterAll(async () => {
    await node?.[Symbol.asyncDispose]();
    if (hub !== undefined) await hub.ask("hub-down");
    await hub?.[Symbol.asyncDispose]();
    bundle[Symbol.dispose]();
  });

  const relayOf = () => waitFor("the relay's way to it", async () => (await node.ask("node-get")).relay ?? undefined, 30_000);
  const seesMore = async (viewer: Awaited<ReturnType<typeof view>>) => {
    const seen = viewer.next ?? 0;
    await waitFor("it sees more", () => (viewer.next ?? 0) > seen);
    expect([viewer.closeCode, viewer.faults]).toEqual([undefined, []]);
  };

  it("cuts nobody when its agent is killed, and none when a new PTY host takes over; new viewers come through that one", async () => {
    const { id } = await node.ask("session-launch", TICKING);
    const first = await view(node, id, undefined, at);
    await node.end("SIGKILL");
    await seesMore(first);
    // Nobody is there to renew anything: the host keeps its connection by itself.
    await node.start();
    await seesMore(first);
    await relayOf();
    const second = await view(node, id, undefined, at);
    await seesMore(second);

    const before = await currentHost();
    await node.end("SIGTERM");
    appendFileSync(join(dirname(bundle.program), "fleet-pty.js"), "\n// another build\n");
    await node.start();
    await waitFor("the new host", async () => (await currentHost()) !== before);
    await relayOf();
    for (const viewer of [first, second]) await seesMore(viewer);
    // A session of the old host, through the new one.
    const third = await view(node, id, undefined, at);
    await seesMore(third);
    for (const viewer of [first, second, third]) viewer.cut();
  });
  const currentHost = async () => (await node.ask("agent-status")).parts.find(({ host }) => host?.current === true)?.pid;

  it("shows the host the page's Origin, and gives a page nothing else of the node", async () => {
    const { id } = await node.ask("session-launch", TICKING);
    await expect(view(node, id, undefined, { ...at, headers: { origin: "https://elsewhere" } })).rejects.toThrow("refused with 403");
    expect(await listenerOf(node)).toMatch(/^ws:\/\/127/);
  });

  it("is there again when the relay was killed, by itself", async () => {
    const { id } = await node.ask("session-launch", TICKING);
    const pid = () => (JSON.parse(readFileSync(join(hub.home, "state/hub/run/relay.pid"), "utf8")) as { pid: number }).pid;
    const killed = pid();
    process.kill(killed, "SIGKILL");
    await waitFor("another relay", () => pid() !== killed, 30_000);
    const viewer = await waitFor("a way through it", () => view(node, id, undefined, at).catch(() => undefined), 30_000);
    await seesMore(viewer);
    viewer.cut();
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
