import { expect, it } from "vitest";
import type { Activity } from "@fleetwire/shared/domain";
import { session } from "../test-fleet.ts";
import { sessionsTable } from "./sessions-table.ts";

const NOW = Date.parse("2026-01-01T01:00:00.000Z");
const doing = (state: Activity["state"], seconds: number, reason?: string) => ({ activity: { state, reason, at: new Date(NOW - seconds * 1000).toISOString() } });

it("a list says who needs somebody first, why and for how long, and what nobody knows as such", () => {
  const sessions = [
    session(1, doing("working", 3)),
    session(2, doing("unknown", 9)),
    session(3, { ...doing("blocked", 1), state: "exited", exit: { code: 0 } }),
    session(4, doing("done", 7_200)),
    session(5, doing("blocked", 180, "permission")),
    session(6, { ...doing("blocked", 600, "login"), node: "away", target: "away:6" }),
  ];
  const [title = "", ...rows] = sessionsTable(sessions, new Map([["away", "unreachable 5m"]]), NOW).split("\n");
  const [from, to] = [title.indexOf("ACTIVITY"), title.indexOf("AGE")];
  expect(rows.map((row) => [row.split(" ")[0], row.slice(from, to).trim()])).toEqual([
    ["here:5", "blocked: permission 3m"],
    ["away:6", "was blocked: login 10m"],
    ["here:4", "done 2h"],
    ["here:1", "working 3s"],
    ["here:2", "unknown"],
    ["here:3", "-"],
  ]);
});
