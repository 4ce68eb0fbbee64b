import { describe, expect, it } from "vitest";
import { createGpuProbe } from "./probe.ts";
import type { Device } from "./reader.ts";

const device = (uuid: string, busy: boolean): Device => ({ vendor: "nvidia", index: 0, uuid, name: "g", memoryBytes: 1, busy });

function probe() {
  const state = { now: 0, reads: 0, changes: 0, devices: [device("a", false)] };
  const made = createGpuProbe(() => state.now, () => Promise.resolve((state.reads++, [...state.devices])), () => state.changes++);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { made, state, settle };
}

describe("what is known of the GPUs", () => {
  it("is read again after a minute, in the background, and a change is told once", async () => {
    const { made, state, settle } = probe();
    expect(made.current()).toEqual([]);
    await settle();
    expect(made.current()).toEqual(state.devices);
    expect(state).toMatchObject({ reads: 1, changes: 1 });
    state.now = 59_000;
    made.current();
    await settle();
    expect(state.reads).toBe(1);
    state.now = 60_000;
    state.devices = [device("a", true)];
    expect(made.current()).toEqual([device("a", false)]);
    await settle();
    expect(made.current()).toEqual(state.devices);
    expect(state).toMatchObject({ reads: 2, changes: 2 });
  });

  it("many who want it fresh share one reading", async () => {
    const { made, state } = probe();
    await Promise.all(Array.from({ length: 50 }, () => made.fresh()));
    expect(state.reads).toBe(1);
    state.now = 1_001;
    await made.fresh();
    expect(state.reads).toBe(2);
  });

  it("a session that has ended makes nobody's process of its own; one that stays is looked at again soon", async () => {
    const { made, state, settle } = probe();
    state.devices = [device("a", true), device("b", true)];
    await made.fresh();
    made.released(["a"]);
    expect(made.current()).toEqual([device("a", false), device("b", true)]);
    await settle();
    // Its driver still lists it.
    expect(made.current()).toEqual(state.devices);
    state.now = 5_000;
    state.devices = [device("a", false), device("b", true)];
    made.current();
    await settle();
    expect(made.current()).toEqual(state.devices);
    const { reads } = state;
    state.now = 11_000;
    made.current();
    await settle();
    expect(state.reads).toBe(reads);
  });
});
