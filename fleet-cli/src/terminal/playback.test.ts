import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Playback, type PlaybackOptions } from "./playback.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Plays events at these times. @returns when each was due, filled while time goes on */
function play(times: readonly number[], options: Partial<PlaybackOptions> = {}) {
  const playback = new Playback({ speed: 1, ...options });
  const begun = performance.now();
  const due: number[] = [];
  const done = (async () => {
    for (const time of times) {
      if (!(await playback.due(time))) return false;
      due.push(Math.round(performance.now() - begun));
    }
    return true;
  })();
  return { playback, due, done };
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("playback", () => {
  it("has every event at its time", async () => {
    const { due, done } = play([100, 100, 180, 1180]);
    await pass(2000);
    expect(await done).toBe(true);
    expect(due).toEqual([100, 100, 180, 1180]);
  });

  it("cuts pauses, at any speed", async () => {
    const { due } = play([5000, 5100, 90_000], { maxIdleMs: 1000, speed: 2 });
    await pass(5000);
    expect(due).toEqual([500, 550, 1050]);
  });

  it("begins in the middle, with what was before at once", async () => {
    const { due } = play([100, 4000, 6000, 7000], { fromMs: 5000 });
    await pass(5000);
    expect(due).toEqual([0, 0, 1000, 2000]);
  });

  it("pauses and goes on where it was", async () => {
    const { playback, due } = play([1000, 2000]);
    await pass(400);
    playback.toggle();
    await pass(10_000_000);
    expect(due).toEqual([]);
    playback.toggle();
    await pass(5000);
    expect(due).toEqual([10_000_000 + 1000, 10_000_000 + 2000]);
  });

  it("steps while it is paused, and only then", async () => {
    const { playback, due } = play([1000, 50_000, 90_000, 90_500]);
    playback.step();
    await pass(10);
    expect(due).toEqual([]);
    playback.toggle();
    playback.step();
    playback.step();
    playback.step();
    await pass(10);
    expect(due).toEqual([10, 10, 10]);
    playback.toggle();
    await pass(1000);
    expect(due.at(-1)).toBe(520);
  });

  it("changes its speed in the middle of a pause, within bounds", async () => {
    const { playback, due } = play([1000, 2000]);
    await pass(500);
    playback.change(2);
    await pass(5000);
    expect(due).toEqual([750, 1250]);
    for (let press = 0; press < 20; press++) playback.change(2);
    expect(playback.speed).toBe(64);
  });

  it("stops at once", async () => {
    const { playback, done } = play([100_000]);
    await pass(10);
    playback.stop();
    expect(await done).toBe(false);
  });
});
