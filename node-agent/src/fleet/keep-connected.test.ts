// A keeper and servers that end at the worst moments.
import { waitFor } from "@fleetwire/shared/testing";
import { expect, it } from "vitest";
import { connectOnce, flushed } from "./connection.ts";
import { keepConnected } from "./keep-connected.ts";
import { openFleetLink } from "./link.ts";
import { linkDeps, silent, testNode } from "./test-node.ts";
import { startFrailNats } from "./testing.ts";

it("a connection that is lost while it is set up is followed by the next one", async () => {
  // The first PING is the client's own at the start; the second asks whether subscriptions have arrived.
  await using server = await startFrailNats((connection) => (connection <= 2 ? 2 : 1_000));
  await using keeper = keepConnected({
    connect: () => connectOnce({ urls: [server.url], name: "test", login: { kind: "none" } }),
    async serve(connection) {
      connection.subscribe("x");
      await flushed(connection);
      return () => undefined;
    },
    onState: () => undefined,
    ends: () => false,
    log: silent,
  });
  await waitFor("it is connected", () => keeper.current() !== undefined, 10_000);
  expect(server.connections()).toBe(3);
}, 20_000);

it("ends at once, also while a connection is set up that was lost", async () => {
  await using server = await startFrailNats(() => 2);
  let served = 0;
  const keeper = keepConnected({
    connect: () => connectOnce({ urls: [server.url], name: "test", login: { kind: "none" } }),
    serve: async (connection) => (served++, await flushed(connection), () => undefined),
    onState: () => undefined,
    ends: () => false,
    log: silent,
  });
  await waitFor("it was lost", () => served > 0);
  const began = performance.now();
  await keeper[Symbol.asyncDispose]();
  expect(performance.now() - began).toBeLessThan(2_000);
}, 20_000);

it("a node's link that ends while it is set up leaves no timer: its process may end", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  {
    await using server = await startFrailNats(() => 2);
    await using _link = openFleetLink(linkDeps(testNode("box"), { urls: [server.url], open: true }));
    await waitFor("some connections were lost", () => server.lost() >= 3, 15_000);
  }
  expect(timers()).toBeLessThanOrEqual(before);
}, 30_000);
