import type { Beat, FleetEvent } from "@fleetwire/shared/bus";
import { describe, expect, it } from "vitest";
import { hearBeat, hearEvent, newRow, recordOf, settleDoubt, stateOf } from "./row.ts";

const beat = (more: Partial<Beat> = {}): Beat => ({ v: 1, name: "box" as never, pool: "default" as never, inst: "a", epoch: 1_000, seq: 1, rev: 1, load: 0.5, run: 1, total: 2, ...more });
const event = (more: Partial<FleetEvent> = {}): FleetEvent => ({ v: 1, kind: "node-changed", node: "box" as never, key: "U" as never, inst: "a", seq: 1, rev: 1, at: "", record: { name: "box" } as never, ...more });
const row = () => newRow("U" as never, "box" as never, "default" as never);

describe("what a row takes in", () => {
  it("beats in order; an old or repeated one is ignored, a new life starts anew", () => {
    const one = row();
    expect(hearBeat(one, beat(), 5_000)).toBe("stale");
    expect(hearBeat(one, beat(), 6_000)).toBe("ignored");
    expect(hearBeat(one, beat({ seq: 0 }), 6_000)).toBe("ignored");
    expect(hearBeat(one, beat({ inst: "older", epoch: 999, seq: 9 }), 6_000)).toBe("doubted");
    expect(one.heardAt).toBe(5_000);
    one.record = {} as never;
    one.rev = 1;
    expect(hearBeat(one, beat({ seq: 2 }), 7_000)).toBe("taken");
    expect(hearBeat(one, beat({ seq: 3, rev: 4 }), 8_000)).toBe("stale");
    expect(hearBeat(one, beat({ inst: "b", epoch: 2_000, seq: 1 }), 9_000)).toBe("stale");
    expect(one).toMatchObject({ inst: "b", rev: -1, heardAt: 9_000 });
  });

  it("a clock that was set back before the agent's restart: the node itself says which life is its present one", () => {
    const one = row();
    hearBeat(one, beat({ epoch: 86_400_000 }), 5_000);
    const second = beat({ inst: "b", epoch: 2_000 });
    expect(hearBeat(one, second, 6_000)).toBe("doubted");
    expect(one.heardAt).toBe(5_000);
    // The agent that was heard before still answers: the beat was an old one.
    settleDoubt(one, 86_400_000);
    expect(hearBeat(one, second, 7_000)).toBe("doubted");
    settleDoubt(one, 2_000);
    expect(hearBeat(one, { ...second, seq: 2 }, 8_000)).toBe("stale");
    expect(one).toMatchObject({ inst: "b", heardAt: 8_000, doubted: false });
    // Without a doubt nothing is settled.
    settleDoubt(one, 1);
    expect(one.inst).toBe("b");
  });

  it("silence is judged by the period that a node was given, within bounds", () => {
    const stateAfter = (every: number | undefined, ms: number) => {
      const one = row();
      hearBeat(one, beat({ every }), 0);
      return stateOf(one, ms);
    };
    expect([25_000, 25_001, 60_001].map((ms) => stateAfter(undefined, ms))).toEqual(["live", "suspect", "unreachable"]);
    expect([82_500, 82_501, 198_001].map((ms) => stateAfter(33_000, ms))).toEqual(["live", "suspect", "unreachable"]);
    expect(stateAfter(86_400_000, 150_001)).toBe("suspect");
    expect(stateAfter(1, 25_000)).toBe("live");
  });

  it("events in order; a gap, another life or a record left out means: ask", () => {
    const one = row();
    hearBeat(one, beat(), 1);
    expect(hearEvent(one, event(), 2)).toBe("taken");
    expect(hearEvent(one, event(), 3)).toBe("ignored");
    expect(hearEvent(one, event({ seq: 3 }), 3)).toBe("stale");
    expect(hearEvent(one, event({ seq: 4, kind: "session-changed", record: undefined }), 3)).toBe("stale");
    expect(hearEvent(one, event({ inst: "b", seq: 5 }), 3)).toBe("stale");
    expect(hearEvent(one, event({ seq: 5, kind: "session-changed", session: { id: 7 } as never }), 4)).toBe("taken");
    expect(one.sessions.size).toBe(1);
    expect(hearEvent(one, event({ seq: 6, kind: "session-removed", removed: 7 }), 5)).toBe("taken");
    expect(one.sessions.size).toBe(0);
  });

  it("what a program said is in its session's record, and misses nothing", () => {
    const one = row();
    hearBeat(one, beat(), 1);
    hearEvent(one, event({ kind: "session-changed", session: { id: 7, target: "box:7" } as never }), 2);
    const say = (seq: number, signal: object) => hearEvent(one, event({ seq, kind: "terminal-signal", record: undefined, signal: { session: 7, offset: 1, at: 0, ...signal } as never }), 3);
    expect(say(2, { kind: "title", text: "mine" })).toBe("taken");
    expect(say(3, { kind: "notification", text: "done" })).toBe("taken");
    expect(say(4, { kind: "bell" })).toBe("taken");
    expect(say(5, { kind: "prompt", text: "C" })).toBe("taken");
    expect(say(6, { kind: "title", text: "x", session: 8 })).toBe("taken");
    const at = "1970-01-01T00:00:00.000Z";
    expect([...one.sessions.values()]).toEqual([{ id: 7, target: "box:7", title: "mine", notification: { text: "done", at }, lastBellAt: at }]);
  });

  it.each([
    [0, false, "live"],
    [25_000, false, "live"],
    [26_000, false, "suspect"],
    [0, true, "suspect"],
    [61_000, false, "unreachable"],
    [61_000, true, "unreachable"],
  ] as const)("heard %i ms ago, gone %s: %s", (age, gone, state) => {
    const one = row();
    hearBeat(one, beat(), 100_000);
    one.gone = gone;
    expect(recordOf(one, 100_000 + age)).toMatchObject({ state, ageMs: age, load: 0.5, sessions: { running: 1, total: 2 } });
  });
});
