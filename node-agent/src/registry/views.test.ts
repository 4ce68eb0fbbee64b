// Pages of random fleets, asked one after the other and by the cuts that the first one says, with the fleet changing meanwhile.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newRow } from "./row.ts";
import { createTable, type Table } from "./table.ts";
import { session } from "./test-sessions.ts";
import { createViews } from "./views.ts";

const fleets = fc.array(fc.record({ sessions: fc.nat(6), tag: fc.boolean() }), { minLength: 0, maxLength: 40 });
const bytes = fc.integer({ min: 500, max: 20_000 });
const limits = fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined });

function tableOf(fleet: readonly { sessions: number; tag: boolean }[]): Table {
  const table = createTable();
  fleet.forEach((node, at) => add(table, `n${String(at).padStart(2, "0")}`, node));
  return table;
}

function add(table: Table, name: string, { sessions, tag }: { sessions: number; tag: boolean }): void {
  const row = newRow(`k-${name}` as never, name as never, "default" as never);
  for (let id = 1; id <= sessions; id++) row.sessions.set(id as never, session(name, id, { tags: tag && id % 2 === 0 ? ["odd" as never] : [] }));
  table.put(row);
}

interface Page {
  readonly more: boolean;
  readonly cuts?: readonly string[] | undefined;
}

/** By its cuts, the last range first. @param change what happens after the first page */
function byCuts<P extends Page>(ask: (range: { after?: string; until?: string; cuts?: boolean }) => P, next: (page: P) => string | undefined, change: () => void): P[] {
  const first = ask({ cuts: true });
  change();
  const cuts = first.cuts ?? [];
  expect(first.more).toBe(cuts.length > 0);
  const rest = cuts.map((cut, index): P[] => {
    const pages: P[] = [];
    for (let after: string | undefined = cut; after !== undefined; ) {
      const until = cuts[index + 1];
      const page = ask({ after, ...(until === undefined ? {} : { until }) });
      pages.push(page);
      after = page.more ? next(page) : undefined;
    }
    return pages;
  });
  return [first, ...rest.flat()];
}

describe("pages by the cuts of the first", () => {
  it("are all nodes once, in order, and those that came and stay are among them", () => {
    fc.assert(fc.property(fleets, bytes, limits, fc.nat(60), (fleet, room, limit, newcomer) => {
      const table = tableOf(fleet);
      const views = createViews(table);
      const before = table.sorted().map(({ name }) => name);
      const pages = byCuts((range) => views.nodes({ ...range, ...(limit === undefined ? {} : { limit }) }, 0, room), ({ nodes }) => nodes.at(-1)?.name, () => add(table, `m${newcomer}`, { sessions: 1, tag: false }));
      const listed = pages.flatMap(({ nodes }) => nodes.map(({ name }) => name));
      expect(listed).toEqual([...new Set(listed)].toSorted());
      expect(listed).toEqual(expect.arrayContaining(before));
      for (const { nodes } of pages) expect(nodes.length).toBeLessThanOrEqual(limit ?? nodes.length);
    }));
  });

  it("are all sessions once, in order, filtered or not", () => {
    fc.assert(fc.property(fleets, bytes, limits, fc.boolean(), (fleet, room, limit, tagged) => {
      const table = tableOf(fleet);
      const views = createViews(table);
      const filter = tagged ? { tags: ["odd" as never] } : undefined;
      const pages = byCuts((range) => views.sessions({ ...range, filter, ...(limit === undefined ? {} : { limit }) }, 0, room), ({ next }) => next, () => undefined);
      const wanted = table.sorted().flatMap((row) => [...row.sessions.values()].filter(({ tags }) => !tagged || tags.length > 0).map(({ target }) => target));
      expect(pages.flatMap(({ sessions }) => sessions.map(({ target }) => target))).toEqual(wanted);
      for (const { total, sessions, nodes } of pages) {
        expect(total).toBe(wanted.length);
        expect(Object.keys(nodes)).toEqual([...new Set(sessions.map(({ node }) => node))]);
      }
    }));
  });
});
