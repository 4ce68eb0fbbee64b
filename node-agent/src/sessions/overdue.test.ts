import { expect, it } from "vitest";
import { overdue, type Bounds, type EndedSession } from "./overdue.ts";

const NOW = 1_000_000;
const session = (endedAt: number, bytes: number, inUse = false): EndedSession => ({ endedAt, bytes, inUse });
const ALL = [session(100, 10), session(300, 30), session(200, 20), session(900, 40)];

const cases: [string, readonly EndedSession[], Bounds, number[]][] = [
  ["no bound takes all, oldest first", ALL, {}, [100, 200, 300, 900]],
  ["age", ALL, { olderThanMs: NOW - 250 }, [100, 200]],
  ["size: the oldest, until the rest fits", ALL, { bytes: 75 }, [100, 200]],
  ["size that fits", ALL, { bytes: 100 }, []],
  ["size of nothing takes all", ALL, { bytes: 0 }, [100, 200, 300, 900]],
  ["number", ALL, { count: 3 }, [100]],
  ["whichever bound is passed", ALL, { count: 3, olderThanMs: NOW - 250 }, [100, 200]],
  ["in use: counted and left", [session(100, 10), session(200, 50, true), session(300, 30)], { bytes: 60 }, [100]],
  ["what is in use is left without a bound too", [session(100, 10, true)], {}, []],
];
it.each(cases)("%s", (_what, ended, bounds, expected) => expect(overdue(ended, bounds, NOW).map(({ endedAt }) => endedAt)).toEqual(expected));
