import { describe, expect, it } from "vitest";
import { inTurn, roundsOf } from "./in-turn.ts";
import { judge, type Line } from "./line.ts";
import { asData, table } from "./report.ts";
import { figure, median, percentile } from "./statistics.ts";

describe("statistics", () => {
  it.each([
    [[3], 3],
    [[4, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100, 8, 11], 10],
  ])("the median of %j is %d", (samples, expected) => expect(median(samples)).toBe(expected));

  it("percentiles are linear between samples, and leave the samples as they were", () => {
    const samples = [50, 10, 40, 20, 30];
    expect([0, 25, 50, 90, 100].map((p) => percentile(samples, p))).toEqual([10, 20, 30, 46, 50]);
    expect(percentile(samples, 99)).toBeCloseTo(49.6);
    expect(samples).toEqual([50, 10, 40, 20, 30]);
    expect(() => percentile([], 50)).toThrow(RangeError);
  });

  it("a figure has its median and its spread", () => {
    expect(figure("relay", [3, 1, 2])).toEqual({ name: "relay", value: 2, low: 1, high: 3, samples: 3 });
  });
});

describe("in turn", () => {
  it("alternates, and forgets the warm-up", async () => {
    const order: string[] = [];
    const contestant = (name: string) => ({
      name,
      run(round: number) {
        order.push(`${name}${round}`);
        return Promise.resolve(round);
      },
    });
    const results = await inTurn([contestant("a"), contestant("b")], { rounds: 2, warmUp: 1 });
    expect(order).toEqual(["a-1", "b-1", "a0", "b0", "a1", "b1"]);
    expect(roundsOf(results, "b")).toEqual([0, 1]);
    expect(() => roundsOf(results, "c")).toThrow("c was not measured");
  });

  it("begins no round when the time is over, and measures once all the same", async () => {
    const slow = { name: "slow", run: () => new Promise<number>((resolve) => setTimeout(() => resolve(1), 30)) };
    expect(roundsOf(await inTurn([slow], { rounds: 50, withinMs: 10 }), "slow")).toEqual([1]);
  });
});

describe("bars", () => {
  const line = (ours: number, relay: number): Line => ({ row: "P1", what: "speed", unit: "MB/s", ours: figure("ours", [ours]), peers: [figure("relay", [relay])], bars: [] });

  it.each([
    [95, { kind: "ratio", of: "relay", atLeast: 0.95 } as const, true, "met"],
    [76, { kind: "ratio", of: "relay", atLeast: 0.95 } as const, false, "not met, 20 % short"],
    [50, { kind: "ratio", of: "relay", atMost: 0.5 } as const, true, "met"],
    [100, { kind: "ratio", of: "relay", atMost: 0.5 } as const, false, "not met, 50 % short"],
    [30, { kind: "limit", atMost: 30 } as const, true, "met"],
    [40, { kind: "limit", atMost: 30 } as const, false, "not met, 25 % short"],
    [0, { kind: "limit", atMost: 30 } as const, true, "met"],
  ])("%d against %j", (ours, bar, met, text) => expect(judge(line(ours, 100), bar)).toMatchObject({ met, text }));

  it("a bar against a peer that was not measured is a fault of the row, not a pass", () => {
    expect(() => judge(line(1, 1), { kind: "ratio", of: "tmux", atLeast: 2 })).toThrow("no peer 'tmux'");
  });

  it("the table keeps what was left out, and shows each bar", () => {
    const measured: Line = { ...line(190, 100), bars: [{ kind: "ratio", of: "relay", atLeast: 0.95 }, { kind: "limit", atMost: 100 }] };
    const text = table([measured, { row: "P2", what: "through Caddy", skipped: "no caddy here" }]);
    expect(text).toMatch(/P1 .*190 MB\/s .*relay 100 .*1\.90 .*≥ 0\.95 × relay .*met/);
    expect(text).toMatch(/≤ 100 MB\/s +not met, 47 % short/);
    expect(text).toContain("not measured: no caddy here");
    expect(asData([measured], { node: "v20" })).toMatchObject({ node: "v20", lines: [{ row: "P1", verdicts: [{ met: true }, { met: false }] }] });
  });
});
