// A search finds what grep finds in the plain log, in pages that lose nothing, and no pattern holds up the agent.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SessionId } from "@fleetwire/shared/ids";
import { stripEscapes } from "@fleetwire/shared/plain";
import { counts } from "@fleetwire/shared/testing";
import type { SearchAnswer, SearchedLog, SearchQuestion } from "./messages.ts";
import { scan } from "./scan.ts";
import { createSearch, type Search } from "./search.ts";

const dir = mkdtempSync(join(tmpdir(), "fws-"));
const here = dirname(fileURLToPath(import.meta.url));
let search: Search;
let last = 0;
beforeAll(async () => {
  const outfile = join(dir, "search-worker.mjs");
  await build({ entryPoints: [join(here, "worker.ts")], outfile, bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "error" });
  search = createSearch(pathToFileURL(outfile));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A log in segments of these lengths; the last takes the rest. */
function logOf(output: Buffer, lengths: readonly number[] = []): SearchedLog {
  const session = SessionId.parse(++last);
  const directory = join(dir, String(session));
  mkdirSync(directory);
  let at = 0;
  for (const length of [...lengths, output.length]) {
    writeFileSync(join(directory, `${String(at).padStart(16, "0")}.log`), output.subarray(at, at + length));
    at = Math.min(output.length, at + length);
  }
  return { session, directory, upTo: output.length };
}

const question = (logs: readonly SearchedLog[], text: string, more: Partial<SearchQuestion> = {}): SearchQuestion => ({ pattern: { text, kind: "fixed" }, logs, context: 0, limit: 1_000_000, withinMs: 60_000, bytes: 1e9, ...more });

/** All pages, put together. */
async function all(first: SearchQuestion, ask: (question: SearchQuestion) => Promise<SearchAnswer> = scan): Promise<SearchAnswer["found"]> {
  const found: SearchAnswer["found"][number][] = [];
  for (let next: SearchQuestion | undefined = first; next !== undefined; ) {
    const page: SearchAnswer = await ask(next);
    found.push(...page.found);
    const { next: cursor } = page;
    next = cursor === null ? undefined : { ...first, logs: first.logs.slice(first.logs.findIndex(({ session }) => session === cursor.session)), cursor };
  }
  return found;
}

const token = fc.oneof(
  fc.constantFrom("error", "Error", "e", "rr", "or", " ", "\t", "a.b", "漢字", "é", "👍", "\u001b[31m", "\u001b[0m", "\u001b]0;error\u0007", "\u001b]8;;https://error.example\u001b\\", "\u009b2K", "\u0007", "\b", "©"),
  fc.constantFrom("\r\n", "\n", "\r", "\r\n\r\n"),
  fc.string({ maxLength: 5 }).map((text) => text.replace(/\p{Cc}/gu, "?")),
);
const output = fc.array(token, { maxLength: 80 }).map((tokens) => Buffer.from(tokens.join("")));

function grep(text: string, pattern: string, ...flags: string[]): string[] {
  try {
    return execFileSync("grep", ["-a", ...flags, "-e", pattern], { input: text, env: { LC_ALL: "C.UTF-8" } }).toString().split("\n").slice(0, -1);
  } catch {
    return [];
  }
}

describe("a search", () => {
  it("finds what grep finds in the plain log, wherever the log is cut into files and the result into pages", async () => {
    await fc.assert(
      fc.asyncProperty(output, fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 6 }), fc.constantFrom("error", "e", "a.b", "漢", " ", "👍"), fc.integer({ min: 1, max: 4 }), async (bytes, lengths, text, limit) => {
        const log = logOf(bytes, lengths);
        const expected = grep(stripEscapes(bytes.toString()), text, "-F");
        const found = await all(question([log], text, { limit }));
        expect(found.map(({ line }) => line)).toEqual(expected);
        for (const { offset, line, ranges } of found) {
          expect(stripEscapes(bytes.subarray(offset).toString()).split("\n")[0]).toBe(line);
          expect(ranges.map(([from, to]) => line.slice(from, to))).toEqual(ranges.map(() => text));
          expect(offset === 0 || bytes[offset - 1] === 0x0a).toBe(true);
        }
      }),
      { numRuns: counts(60, 5_000) },
    );
  }, counts(30_000, 600_000));

  it.each([["er+or", "-E"], ["^.?e", "-E"], ["(漢|©).*$", "-E"], ["[[]", "-E"]])("takes the regular expression %s as grep does", async (pattern, flag) => {
    const bytes = Buffer.from("error one\r\n\u001b[31merror\u001b[m 漢字\r\nseven [x]\nError\n\u00a9 2026\n\nno");
    expect((await scan(question([logOf(bytes)], pattern, { pattern: { text: pattern, kind: "regex" } }))).found.map(({ line }) => line)).toEqual(grep(stripEscapes(bytes.toString()), pattern, flag));
  });

  it("shows the lines around a match, also across pages", async () => {
    const bytes = Buffer.from(Array.from({ length: 40 }, (_, n) => `line ${n}${n % 7 === 0 ? " hit" : ""}\r\n`).join(""));
    const whole = await all(question([logOf(bytes)], "hit", { context: 3 }));
    expect(whole[1]).toMatchObject({ line: "line 7 hit", before: ["line 4", "line 5", "line 6"], after: ["line 8", "line 9", "line 10"] });
    expect(whole[0]).toMatchObject({ line: "line 0 hit", before: [] });
    const log = logOf(bytes);
    const inPages = (limit: number) => all(question([log], "hit", { context: 3, limit }));
    for (const limit of [1, 2]) expect(await inPages(limit)).toEqual(await inPages(100));
  });

  it("goes from one session to the next, and only to where it was asked", async () => {
    const logs = [logOf(Buffer.from("x hit\n")), logOf(Buffer.from("nothing\n")), { ...logOf(Buffer.from("a hit\nlater hit\n")), upTo: 6 }];
    expect((await all(question(logs, "hit", { limit: 1 }))).map(({ session, line }) => [session, line])).toEqual([[logs[0]?.session, "x hit"], [logs[2]?.session, "a hit"]]);
  });

  it("passes over a hole and over a log that is gone", async () => {
    const log = logOf(Buffer.from("first hit\nlost hit\nthird hit\n"), [10, 9]);
    rmSync(join(log.directory, "0000000000000010.log"));
    expect((await all(question([log, { ...log, directory: join(dir, "none") }], "hit"))).map(({ line }) => line)).toEqual(["first hit", "third hit"]);
  });

  it("cuts a line of megabytes into pieces and shows the part that matches", async () => {
    const bytes = Buffer.from(`${"漢".repeat(400_000)}needle${"x".repeat(100_000)}`);
    const [match] = await all(question([logOf(bytes)], "needle"));
    expect(match?.cut).toBe(true);
    expect(match?.line.length).toBeLessThanOrEqual(1_000);
    expect(match?.line.slice(...(match.ranges[0] as [number, number]))).toBe("needle");
  });

  it("ends a page when its time is over, and the next goes on", async () => {
    const bytes = Buffer.from("some line of output\r\n".repeat(40_000).concat("needle\r\n"));
    let pages = 0;
    const found = await all(question([logOf(bytes)], "needle", { withinMs: 0 }), (page) => (pages++, scan(page)));
    expect(found.map(({ line }) => line)).toEqual(["needle"]);
    expect(pages).toBeGreaterThan(20);
  });

  it("of many small logs likewise", async () => {
    const logs = Array.from({ length: 50 }, (_, n) => logOf(Buffer.from(`needle ${n}\n`)));
    let pages = 0;
    const found = await all(question(logs, "needle", { withinMs: 0 }), (page) => (pages++, scan(page)));
    expect(found.map(({ line }) => line)).toEqual(logs.map((_, n) => `needle ${n}`));
    expect(pages).toBe(50);
  });

  it("shows nothing that acts on a terminal or turns text", async () => {
    const [match] = await all(question([logOf(Buffer.from("a\u202ehit\u2066\n"))], "hit"));
    expect(match).toMatchObject({ line: "a\ufffdhit\ufffd", ranges: [[2, 5]] });
  });
});

describe("on a thread of its own", () => {
  it("a pattern without an end is ended, and the next search is answered", async () => {
    const log = logOf(Buffer.from(`${"a".repeat(60)}!\n`));
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const began = performance.now();
    const { withinMs: _, ...stuck } = question([log], "(a+)+$", { pattern: { text: "(a+)+$", kind: "regex" } });
    await expect(search.page(stuck)).rejects.toMatchObject({ code: "slow-pattern" });
    expect(performance.now() - began).toBeLessThan(30_000);
    delay.disable();
    // It was this thread's own that had to be free.
    expect(delay.mean / 1e6).toBeLessThan(100);
    expect((await search.page(question([log], "!"))).found).toHaveLength(1);
  }, 60_000);

  it("what is no pattern is refused at once", async () => {
    await expect(search.page(question([], "(a", { pattern: { text: "(a", kind: "regex" } }))).rejects.toMatchObject({ code: "bad-input" });
  });

  it("many at once are answered in turn, and no more than wait", async () => {
    const log = logOf(Buffer.from("hit\n"));
    const came = await Promise.allSettled(Array.from({ length: 60 }, () => search.page(question([log], "hit"))));
    const codes = came.map((each) => (each.status === "fulfilled" ? "found" : (each.reason as { code: string }).code));
    expect(codes.filter((code) => code === "found").length).toBeGreaterThanOrEqual(34);
    expect(codes.filter((code) => code !== "found").every((code) => code === "no-room")).toBe(true);
  }, 60_000);

  it("a large log is searched at the speed of a disk while this thread goes on", async () => {
    const bytes = Buffer.alloc(counts(32, 256) * 1024 * 1024, "\u001b[32m2026-01-01\u001b[m some line of output, as programs print them, 80 characters\r\n");
    bytes.write("the needle", bytes.length - 100);
    const log = logOf(bytes);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const began = performance.now();
    const found = await all(question([log], "the needle"), (page) => search.page(page));
    const seconds = (performance.now() - began) / 1000;
    delay.disable();
    expect(found).toHaveLength(1);
    // 100 MB/s and more on a quiet machine.
    expect(bytes.length / seconds / 1e6).toBeGreaterThan(10);
    expect(delay.mean / 1e6).toBeLessThan(100);
    process.stderr.write(`searched ${Math.round(bytes.length / seconds / 1e6)} MB/s, event loop delayed ${(delay.max / 1e6).toFixed(0)} ms at most, ${(delay.mean / 1e6).toFixed(1)} ms on average\n`);
    truncateSync(join(log.directory, "0000000000000000.log"));
  }, 120_000);
});
