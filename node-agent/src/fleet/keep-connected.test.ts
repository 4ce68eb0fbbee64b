// A keeper and servers that end at the worst moments.
import { createServer, type Socket } from "node:net";
import { waitFor } from "@fleetwire/shared/testing";
import { expect, it } from "vitest";
import { connectOnce } from "./connection.ts";
import { keepConnected } from "./keep-connected.ts";
import { silent } from "./test-node.ts";
import { freePort } from "./testing.ts";

/** Speaks as much of the protocol as a connection takes; each one is ended at the PING that `last` says for it. */
async function startServer(last: (connection: number) => number) {
  const port = await freePort();
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const until = last(++connections);
    let pings = 0;
    open.add(socket);
    socket.on("error", () => undefined);
    socket.write(`INFO ${JSON.stringify({ server_id: "x", version: "2.10.0", host: "127.0.0.1", port, headers: true, max_payload: 1_048_576, proto: 1 })}\r\n`);
    socket.on("data", (chunk) => {
      for (const _ of chunk.toString("latin1").matchAll(/^PING\r$/gm)) {
        pings++;
        if (pings >= until) socket.destroy();
        else socket.write("PONG\r\n");
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `nats://127.0.0.1:${port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it("a connection that is lost while it is set up is followed by the next one, and what was set up late is ended", async () => {
  // The first PING is the client's own at the start; the second asks whether subscriptions have arrived.
  await using server = await startServer((connection) => (connection <= 2 ? 2 : 1_000));
  const ended: number[] = [];
  let served = 0;
  let late = () => {};
  await using keeper = keepConnected({
    connect: () => connectOnce({ urls: [server.url], name: "test", login: { kind: "none" } }),
    async serve(connection) {
      const which = ++served;
      connection.subscribe("x");
      if (which === 2) await Promise.race([connection.flush(), new Promise<void>((resolve) => (late = resolve))]);
      else await connection.flush();
      return () => void ended.push(which);
    },
    onState: () => undefined,
    ends: () => false,
    log: silent,
  });
  await waitFor("it is connected", () => keeper.current() !== undefined, 10_000);
  expect(server.connections()).toBe(3);
  late();
  await waitFor("the second one's end", () => ended.includes(2));
  expect(ended).toEqual([2]);
}, 20_000);

it("ends at once, also while a connection is set up that was lost", async () => {
  await using server = await startServer(() => 2);
  let served = 0;
  const keeper = keepConnected({
    connect: () => connectOnce({ urls: [server.url], name: "test", login: { kind: "none" } }),
    serve: async (connection) => (served++, await connection.flush(), () => undefined),
    onState: () => undefined,
    ends: () => false,
    log: silent,
  });
  await waitFor("it was lost", () => served > 0);
  const began = performance.now();
  await keeper[Symbol.asyncDispose]();
  expect(performance.now() - began).toBeLessThan(2_000);
}, 20_000);
