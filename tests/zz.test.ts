import { waitFor } from "@fleetwire/shared/testing";
import { expect, it } from "vitest";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { bundlePrograms, HubInParts } from "./hub-in-parts.ts";
it("stay", async () => {
  const programs = await bundlePrograms();
  await using hub = await HubInParts.start(programs);
  const n = Number(process.env.N ?? 1000), s = Number(process.env.S ?? 0);
  const sims = await Promise.all(Array.from({ length: Math.ceil(n / 2500) }, (_, i) => hub.simulate(Math.min(n - i * 2500, 2_500), { first: i * 2_500, sessions: s })));
  await Promise.all(sims.map((x) => x.ready()));
  const c = await hub.connect();
  await waitFor("all", async () => s > 0 ? (await hub.view(c, "sessions", { limit: 1 })).total === n * s : (await hub.view(c, "nodes", { limit: 1 })).nodes.length === 1 && (await hub.view(c, "nodes", { limit: 1 })).total === n, 120_000);
  mkdirSync("/tmp/xf1", { recursive: true }); cpSync(hub.home.configDir, "/tmp/xf1/config", { recursive: true });
  console.log("up");
  writeFileSync("/tmp/xf1/up", "");
  await new Promise((r) => setTimeout(r, Number(process.env.T ?? 240) * 1000));
  expect(1).toBe(1);
}, 900_000);
