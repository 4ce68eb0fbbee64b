import { describe, expect, it } from "vitest";
import type { Gpu, NodeRecord } from "../domain/index.ts";
import { parseCondition } from "./condition.ts";
import { noFittingNode, place } from "./place.ts";
import type { PlaceWish } from "./wish.ts";

const GIB = 2 ** 30;
const gpu = (more: Partial<Gpu> = {}): Gpu => ({ name: "NVIDIA H100 80GB HBM3", memoryBytes: 79.6 * GIB, free: true, vendor: "nvidia", ...more });
interface Made {
  cpus?: number;
  memory?: number;
  free?: number;
  gpus?: Gpu[];
  load?: number;
  running?: number;
  more?: object;
}
function node(name: string, { cpus = 8, memory = 32, free = 16, gpus = [], load = 0, running = 0, more = {} }: Made = {}): NodeRecord {
  return { name, state: "live", draining: false, load, labels: {}, platform: "linux-x64", resources: { cpus, memoryBytes: memory * GIB, memoryFreeBytes: free * GIB, gpus }, sessions: { running, total: running }, ...more } as unknown as NodeRecord;
}
const none: PlaceWish = { where: [] };
const names = (nodes: NodeRecord[], wish: Partial<PlaceWish> = {}, random = 0) => place(nodes, { ...none, ...wish }, { limit: 10, random: () => random }).candidates.map(({ node: { name } }) => name);
const lacks = (one: NodeRecord, wish: Partial<PlaceWish>) => Object.keys(place([one], { ...none, ...wish }, { limit: 1, random: Math.random }).rejected);

describe("who fits", () => {
  it.each<[string, NodeRecord, Partial<PlaceWish>, string | undefined]>([
    ["a live node", node("a"), {}, undefined],
    ["a suspect one", node("a", { more: { state: "suspect" } }), {}, "suspect"],
    ["a draining one", node("a", { more: { draining: true } }), {}, "draining"],
    ["one that has said nothing yet", node("a", { cpus: 0 }), {}, "not described yet"],
    ["a condition", node("a", { more: { labels: { zone: "us" } } }), { where: [parseCondition("zone=eu")] }, "not zone=eu"],
    ["CPUs", node("a"), { cpus: 9 }, "fewer than 9 CPUs"],
    ["free memory", node("a"), { memoryBytes: 16.5 * GIB }, "less than 16.5 GB of free memory"],
    ["enough free memory", node("a"), { memoryBytes: 16 * GIB }, undefined],
    ["no GPU", node("a"), { gpus: { count: 1 } }, "no free GPU"],
    ["leased GPUs", node("a", { gpus: [gpu(), gpu({ free: false })] }), { gpus: { count: 2 } }, "fewer than 2 free GPUs"],
    ["a driver's share of the memory doesn't count", node("a", { gpus: [gpu()] }), { gpus: { count: 1, memoryBytes: 80 * GIB } }, undefined],
    ["small GPUs", node("a", { gpus: [gpu()] }), { gpus: { count: 1, memoryBytes: 96 * GIB } }, "no free GPU of 96 GB"],
    ["another model", node("a", { gpus: [gpu()] }), { gpus: { count: 1, model: "a100" } }, "no free GPU 'a100'"],
    ["the model", node("a", { gpus: [gpu()] }), { gpus: { count: 1, model: "h100" } }, undefined],
    ["two vendors make no pair", node("a", { gpus: [gpu(), gpu({ vendor: "amd" })] }), { gpus: { count: 2 } }, "fewer than 2 free GPUs"],
    ["a part will do for one", node("a", { gpus: [gpu({ part: true })] }), { gpus: { count: 1 } }, undefined],
    ["parts don't make two", node("a", { gpus: [gpu({ part: true }), gpu({ part: true })] }), { gpus: { count: 2 } }, "fewer than 2 free GPUs"],
  ])("%s", (_what, one, wish, lack) => {
    expect(lacks(one, wish)).toEqual(lack === undefined ? [] : [lack]);
  });
});

describe("who comes first", () => {
  it.each<[string, NodeRecord, NodeRecord, Partial<PlaceWish>]>([
    ["the less loaded for its size", node("best", { cpus: 32, load: 8 }), node("other", { cpus: 4, load: 4 }), {}],
    ["the one with more memory left", node("best", { free: 30 }), node("other", { free: 2 }), {}],
    ["the one with fewer sessions", node("best"), node("other", { running: 40 }), {}],
    ["who wants no GPU leaves them alone", node("best"), node("other", { gpus: [gpu()] }), {}],
    ["who wants one takes the odd one", node("best", { gpus: [gpu(), gpu({ free: false })] }), node("other", { gpus: [gpu(), gpu(), gpu(), gpu()] }), { gpus: { count: 1 } }],
  ])("%s", (_what, best, other, wish) => {
    for (const random of [0, 0.5, 0.99]) expect(names([other, best], wish, random)).toEqual(["best", "other"]);
  });

  it("equals are drawn by lot, and those far behind stay behind", () => {
    const nodes = [node("a"), node("b"), node("c"), node("last", { load: 8 })];
    const first = new Set<string | undefined>();
    for (let draw = 0; draw < 60; draw++) {
      const order = place(nodes, none, { limit: 10, random: Math.random }).candidates.map(({ node: { name } }) => name as string);
      expect(order).toHaveLength(4);
      expect(order.at(-1)).toBe("last");
      first.add(order[0]);
    }
    expect([...first].toSorted((a = "", b = "") => a.localeCompare(b))).toEqual(["a", "b", "c"]);
  });

  it("scores are from 0 to 1 and say why", () => {
    for (const one of [node("a"), node("b", { load: 1e9, running: 1e6, free: 0, gpus: [gpu()] }), node("c", { memory: 0, free: 0 })]) {
      const { candidates } = place([one], none, { limit: 1, random: Math.random });
      expect(candidates[0]?.score).toBeGreaterThanOrEqual(0);
      expect(candidates[0]?.score).toBeLessThanOrEqual(1);
      expect(candidates[0]?.reasons.join()).toMatch(/load .* per CPU,\d+% memory left,\d+ running/);
    }
  });
});

it("nobody fits: the reasons are counted, the commonest first", () => {
  const nodes = [node("a", { more: { draining: true } }), node("b"), node("c")];
  const placement = place(nodes, { where: [], gpus: { count: 1 } }, { limit: 10, random: Math.random, refusedLimit: 2 });
  expect(placement).toMatchObject({ candidates: [], fitting: 0, total: 3, rejected: { "draining": 1, "no free GPU": 2 }, refused: [{ lack: "draining" }, { lack: "no free GPU" }] });
  expect(noFittingNode(placement)).toMatchObject({ code: "no-fitting-node", exit: 1, message: "none of 3 nodes fits: no free GPU (2), draining (1)" });
  expect(noFittingNode({ total: 0, rejected: {} }).message).toContain("no node");
});
