import { describe, expect, it } from "vitest";
import { newRow, type Row } from "./row.ts";
import { createTable } from "./table.ts";

const row = (key: string, name: string, heardAt: number): Row => Object.assign(newRow(key as never, name as never, "default" as never), { heardAt });

describe("the table", () => {
  it("gives a name to the row heard last, and back when that one is gone", () => {
    const table = createTable();
    const [old, young, other] = [row("a", "box", 1), row("b", "box", 2), row("c", "another", 3)];
    for (const one of [young, old, other]) table.put(one);
    expect(table.byName("box")).toBe(young);
    expect(table.sorted().map(({ key }) => key)).toEqual(["c", "b"]);
    expect(table.size()).toBe(3);
    table.remove("b");
    expect(table.byName("box")).toBe(old);
    old.name = "crate" as never;
    table.named(old, "box");
    expect(table.byName("box")).toBeUndefined();
    expect(table.sorted().map(({ name }) => name)).toEqual(["another", "crate"]);
  });

  it("takes ten thousand new names without going through all of them each time", () => {
    const table = createTable();
    const start = performance.now();
    for (let i = 0; i < 10_000; i++) {
      const one = row(`k${i}`, `n${i}`, i);
      table.put(one);
      table.named(one, one.name);
      table.byName(one.name);
    }
    expect(table.sorted().length).toBe(10_000);
    // A sort for each of them takes half a minute.
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});
