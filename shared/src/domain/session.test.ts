import { constants } from "node:os";
import { describe, expect, it } from "vitest";
import { BEAT_MS, exitCodeOf, hasEnded, nextState, nodeStateOf, SESSION_STATES, type SessionEvent, type SessionState } from "./index.ts";

const events: SessionEvent[] = [{ type: "started" }, { type: "failed", reason: "x" }, { type: "exited", code: 0 }, { type: "signalled", signal: "SIGKILL" }, { type: "vanished", reason: "x" }];
const table: Record<SessionState, SessionState[]> = {
  //          started    failed     exited    signalled vanished
  starting: ["running", "failed", "exited", "killed", "lost"],
  running: ["running", "running", "exited", "killed", "lost"],
  exited: ["exited", "exited", "exited", "exited", "exited"],
  killed: ["killed", "killed", "killed", "killed", "killed"],
  failed: ["failed", "failed", "failed", "failed", "failed"],
  lost: ["lost", "lost", "lost", "lost", "lost"],
};

describe("session states", () => {
  it.each(SESSION_STATES.map((state) => [state]))("%s changes as the table says, and never back", (state) => {
    expect(events.map((event) => nextState(state, event))).toEqual(table[state]);
    if (hasEnded(state)) expect(new Set(table[state])).toEqual(new Set([state]));
  });

  it("gives the exit code a shell would", () => {
    const signals = constants.signals;
    expect(exitCodeOf({ code: 3 }, signals)).toBe(3);
    expect(exitCodeOf({ signal: "SIGTERM" }, signals)).toBe(143);
    expect(exitCodeOf({ reason: "host crashed" }, signals)).toBe(1);
    expect(exitCodeOf(null, signals)).toBe(1);
  });
});

describe("node states", () => {
  it.each([
    [0, false, "live"],
    [25_000, false, "live"],
    [25_001, false, "suspect"],
    [1_000, true, "suspect"],
    [60_000, false, "suspect"],
    [60_001, false, "unreachable"],
    [60_001, true, "unreachable"],
  ] as const)("age %i ms, disconnected %s: %s", (age, disconnected, state) => expect(nodeStateOf(age, disconnected, BEAT_MS)).toBe(state));
});
