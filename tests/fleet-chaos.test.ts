// A fleet whose server dies, is cut off, and comes back; nodes that die in three ways (BARS R7, R17).
import { counts, waitFor } from "@fleetwire/shared/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bundlePrograms, HubInParts, type Programs } from "./hub-in-parts.ts";

let programs: Programs;
let cleanups: (() => PromiseLike<unknown>)[] = [];
beforeAll(async () => {
  programs = await bundlePrograms();
});
afterAll(() => programs.remove());
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const NODES = counts(200, 1_000);

describe("a fleet", () => {
  it("starts", async () => {
    await using hub = await HubInParts.start(programs);
    const from = performance.now();
    const simulator = await (await hub.simulate(NODES, { sessions: 5 })).ready();
    console.log("ready", performance.now() - from, await simulator.tell("counters"), await hub.objects());
    const connection = await hub.connect();
    await waitFor("all", async () => (await hub.view(connection, "sessions", { limit: 1 })).total === NODES * 5, 60_000);
    console.log("synced", performance.now() - from);
    expect(1).toBe(1);
  });
});
