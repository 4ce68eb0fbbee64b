import { describe, expect, it } from "vitest";
import type { NodeRecord } from "@fleetwire/shared/domain";
import { bestNode } from "./fit.ts";

const gpu = (free: boolean) => ({ name: "g", memoryBytes: 1, free });
const node = (name: string, more: object = {}) => ({ name, state: "live", draining: false, load: 1, labels: {}, resources: { cpus: 2, memoryBytes: 1, gpus: [] }, ...more }) as unknown as NodeRecord;
const names = (nodes: NodeRecord[], wish: { labels?: Record<string, string>; gpus?: number }, random = 0) => bestNode(nodes, { labels: {}, gpus: 0, ...wish }, () => random).name;

describe("the best fitting node", () => {
  it("has all labels, is live and takes sessions", () => {
    const nodes = [node("a"), node("b", { labels: { zone: "eu", x: "1" } }), node("c", { labels: { zone: "eu" }, state: "suspect" }), node("d", { labels: { zone: "eu" }, draining: true })];
    expect(names(nodes, { labels: { zone: "eu" } })).toBe("b");
    expect(() => names(nodes, { labels: { zone: "us" } })).toThrow(expect.objectContaining({ code: "no-fitting-node", message: expect.stringContaining("zone=us") as string }));
  });
  it("has enough free GPUs", () => {
    const nodes = [node("a", { resources: { cpus: 2, memoryBytes: 1, gpus: [gpu(false), gpu(true)] }, load: 0 }), node("b", { resources: { cpus: 2, memoryBytes: 1, gpus: [gpu(true), gpu(true)] } })];
    expect(names(nodes, { gpus: 1 })).toBe("a");
    expect(names(nodes, { gpus: 2 })).toBe("b");
    expect(() => names(nodes, { gpus: 3 })).toThrow(expect.objectContaining({ code: "no-fitting-node" }));
  });
  it("is the least loaded for its size; equals are drawn by lot", () => {
    const nodes = [node("a", { load: 2 }), node("b", { load: 4, resources: { cpus: 16, memoryBytes: 1, gpus: [] } }), node("c", { load: 0.5 }), node("d", { load: 0.5 })];
    expect(names(nodes, {}, 0)).toBe("b");
    expect(names(nodes, {}, 0.5)).toBe("c");
    expect(names(nodes, {}, 0.99)).toBe("d");
  });
});
