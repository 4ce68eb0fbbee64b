// The live view without a terminal: what a key does, and what is drawn, as tables.
import { describe, expect, it } from "vitest";
import type { NodeRecord, SessionRecord } from "@fleetwire/shared/domain";
import { NODE, session } from "../test-fleet.ts";
import { stripEscapes } from "@fleetwire/shared/plain";
import { cellWidth } from "../ui/index.ts";
import { draw, roomIn } from "./draw.ts";
import { Keys } from "./keys.ts";
import { createReader, type Reading } from "./reading.ts";
import { listed, type Sort, type View } from "./rows.ts";
import { placed, press, START, type TopState } from "./state.ts";

const NOW = Date.parse("2026-01-01T01:00:00.000Z");
const ago = (ms: number) => new Date(NOW - ms).toISOString();
const node = (name: string, more: object = {}): NodeRecord => ({ ...NODE, name, ...more }) as NodeRecord;
function reading(sessions: readonly SessionRecord[], nodes: readonly NodeRecord[] = [NODE], rates: Record<string, number> = {}): Reading {
  return { sessions, nodes, stale: new Map(), notes: [], rates: new Map(Object.entries(rates)), at: NOW };
}
const keysOf = (look: Reading, view: View, sort: Sort, filter = "") => listed(look, view, sort, filter).rows.map(({ key }) => key);

describe("the list", () => {
  const look = reading(
    [
      session(1, { lastOutputAt: ago(5_000), createdAt: ago(9_000) }),
      session(2, { lastOutputAt: ago(500_000), tags: ["red"], activity: { state: "blocked", reason: "permission", at: ago(1) }, createdAt: ago(8_000) }),
      session(3, { state: "exited", exit: { code: 0 }, createdAt: ago(1_000) }),
      session(4, { state: "lost", createdAt: ago(2_000) }),
      session(5, { lastOutputAt: ago(1_000), name: "busy", createdAt: ago(7_000) }),
    ],
    [node("b", { load: 1, ageMs: 70_000, state: "unreachable" }), node("a", { load: 3 }), node("c", { resources: { cpus: 8, memoryBytes: 1, gpus: [{ name: "x", memoryBytes: 1, free: true }] } })],
    { "here:1": 10, "here:5": 5_000 },
  );

  it.each<[View, Sort, string]>([
    ["sessions", "output", "here:5 here:1 here:2 here:3 here:4"],
    ["sessions", "idle", "here:2 here:1 here:5 here:3 here:4"],
    ["sessions", "state", "here:2 here:4 here:1 here:5 here:3"],
    ["sessions", "age", "here:3 here:4 here:5 here:2 here:1"],
    ["sessions", "name", "here:1 here:2 here:3 here:4 here:5"],
    ["nodes", "name", "a b c"],
    ["nodes", "load", "a b c"],
    ["nodes", "heard", "b a c"],
  ])("%s by %s", (view, sort, expected) => {
    expect(keysOf(look, view, sort).join(" ")).toBe(expected);
  });

  it("is filtered by what is seen of a row", () => {
    expect(keysOf(look, "sessions", "name", "RED")).toEqual(["here:2"]);
    expect(keysOf(look, "sessions", "name", "lost")).toEqual(["here:4"]);
    expect(keysOf(look, "nodes", "name", "unreach")).toEqual(["b"]);
  });

  it("has columns only for what there is", () => {
    const titles = (of: Reading, view: View) => listed(of, view, "name", "").columns.map(({ title }) => title);
    expect(titles(look, "sessions")).toContain("DOING");
    expect(titles(look, "nodes")).toContain("GPUS FREE");
    expect(titles(reading([session(1, { state: "exited", exit: { code: 0 } })]), "sessions")).not.toContain("DOING");
    // What isn't known is no all-clear.
    expect(listed(reading([session(1, { activity: { state: "unknown", at: ago(1) } })]), "sessions", "name", "").rows[0]?.cells).toContain("unknown");
    expect(titles(reading([]), "nodes")).not.toContain("GPUS FREE");
  });
});

describe("keys", () => {
  it("are read from bytes, and what isn't known is left out", () => {
    const keys = new Keys();
    expect(keys.feed(Buffer.from("\u001b[A\u001bOBq\r\t\u007f\u0003\u001b[5~\u001b[1;5Cé\u0001\u001b"))).toEqual(["up", "down", "q", "enter", "tab", "backspace", "ctrl-c", "page-up", "é", "escape"]);
    expect([...keys.feed(Buffer.from([0xc3])), ...keys.feed(Buffer.from([0xa9]))]).toEqual(["é"]);
  });

  const rows = Array.from({ length: 50 }, (_, n) => ({ key: `k${n}`, node: "n", cells: [] }));
  const after = (...keys: string[]): TopState => keys.reduce((state, key) => press(state, key, rows, 10).state, placed(START, rows, 10));

  it.each<[string[], Partial<TopState>]>([
    [["down", "down", "up"], { selected: "k1", top: 0 }],
    [["end"], { selected: "k49", top: 40 }],
    [["page-down", "page-down"], { selected: "k20", top: 11 }],
    [["end", "home"], { selected: "k0", top: 0 }],
    [["s"], { sorts: { sessions: "idle", nodes: "name" } }],
    [["s", "s", "s", "s", "s"], { sorts: { sessions: "output", nodes: "name" } }],
    [["tab"], { view: "nodes", selected: undefined }],
    [["/", "a", "b", "backspace", "q", "enter"], { filter: "aq", typing: false }],
    [["/", "a", "escape"], { filter: "", typing: false }],
    [["tab", "down", "enter"], { view: "sessions", filter: "k1:" }],
  ])("%s", (keys, expected) => expect(after(...keys)).toMatchObject(expected));

  it("leave, or ask for a session", () => {
    const state = after("down");
    expect(press(state, "enter", rows, 10).wish).toEqual({ kind: "attach", target: "k1" });
    expect(press(state, "q", rows, 10).wish).toEqual({ kind: "quit" });
    expect(press({ ...state, typing: true }, "q", rows, 10).wish).toBeUndefined();
    expect(press({ ...state, typing: true }, "ctrl-c", rows, 10).wish).toEqual({ kind: "quit" });
    expect(press(START, "enter", [], 10).wish).toBeUndefined();
  });

  it("the selected row stays selected when rows move or go", () => {
    const state = after("page-down");
    expect(placed(state, rows.toReversed(), 10)).toMatchObject({ selected: "k10", index: 39 });
    expect(placed(state, rows.filter(({ key }) => key !== "k10"), 10)).toMatchObject({ selected: "k11", index: 10 });
    expect(placed(state, [], 10)).toMatchObject({ selected: undefined, top: 0 });
  });
});

describe("the screen", () => {
  const evil = session(1, { name: "x", command: ["sh", "-c", "\u001b]0;owned\u0007\u001b[2J日本語\n"] });

  it.each([[80, 24], [20, 5], [200, 60], [1, 1], [40, 3]])("is never larger than %i × %i, and text in it does nothing", (cols, rows) => {
    const look = reading([evil, ...Array.from({ length: 99 }, (_, n) => session(n + 2))]);
    for (const color of [true, false]) {
      const list = listed(look, "sessions", "output", "");
      const lines = draw(placed(START, list.rows, roomIn({ cols, rows })), list, look, { cols, rows }, { color });
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) {
        expect(cellWidth(stripEscapes(line))).toBeLessThanOrEqual(cols);
        // eslint-disable-next-line no-control-regex -- our own colours are the only sequences there are
        expect(line.replace(/\u001b\[\d*m/g, "")).not.toMatch(/[\u0000-\u001f]/);
      }
    }
  });

  it("says what is wrong, what is filtered, and where one is in a long list", () => {
    const look = reading(Array.from({ length: 100 }, (_, n) => session(n + 1)));
    const list = listed(look, "sessions", "name", "");
    const at = (state: Partial<TopState>, problem?: string) => draw(placed({ ...START, ...state }, list.rows, 6), list, look, { cols: 100, rows: 10 }, { color: false, ...(problem === undefined ? {} : { problem }) }).join("\n");
    expect(at({ selected: "here:50" })).toContain("> here:50");
    expect(at({ selected: "here:50" })).toContain("45–50 of 100");
    expect(at({ typing: true, filter: "x" })).toContain("/x_");
    expect(at({}, "no way to NATS")).toContain("no way to NATS");
    expect(draw(START, { columns: [], rows: [], total: 0 }, undefined, { cols: 40, rows: 10 }, { color: false }).join("\n")).toContain("looking");
  });

  it("is drawn at once with a thousand nodes and ten thousand sessions", () => {
    const nodes = Array.from({ length: 1_000 }, (_, n) => node(`node-${n}`));
    const look = reading(Array.from({ length: 10_000 }, (_, n) => session(n + 1, { node: `node-${n % 1000}`, target: `node-${n % 1000}:${n}` })), nodes);
    const began = performance.now();
    for (const view of ["sessions", "nodes"] as const) {
      const list = listed(look, view, "name", "");
      expect(draw(placed(START, list.rows, 46), list, look, { cols: 200, rows: 50 }, { color: true })).toHaveLength(50);
    }
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

it("rates come from two looks at the same session", async () => {
  let now = NOW;
  let bytes = 1_000;
  const client = {
    nodes: () => Promise.resolve({ nodes: [NODE], notes: [] }),
    sessions: () => Promise.resolve({ sessions: [session(1, { outputBytes: bytes }), session(2, { state: "exited", outputBytes: 5 })], stale: new Map(), notes: [] }),
    peek: () => Promise.resolve(undefined),
    hasFleet: () => Promise.resolve(false),
  };
  const read = createReader(client as never, () => now);
  expect((await read()).rates).toEqual(new Map());
  now += 2_000;
  bytes += 3_000;
  expect((await read()).rates).toEqual(new Map([["here:1", 1_500]]));
});
