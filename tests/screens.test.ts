// Looking at sessions of two nodes as people, scripts and pipelines do: text, data, pictures, search. Real hub, real Chromium.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SearchMatch } from "../shared/src/bus/index.ts";
import type { NodeRecord, ScreenPicture, SessionRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { bringUp, type Machine, machine } from "./machines.ts";

interface Screen extends Omit<ScreenPicture, "rows" | "cursor"> {
  readonly target: string;
  readonly cols: number;
  readonly text: string;
  readonly cursor: ScreenPicture["cursor"] & { x: number; y: number };
  readonly cells?: ScreenPicture["rows"];
}
interface Found {
  readonly matches: SearchMatch[];
  readonly more: boolean;
  readonly failures: { node: string; error: { code: string } }[];
}

const DRAWING = `printf '\\033[1;31mred\\033[m <b>&"bold"\\r\\n\\033[48;5;22mgreen paper\\033[m\\r\\n┌──┐\\r\\n│ok│\\r\\n└──┘ \\033[38;2;10;200;250mtrue colour\\033[m\\033]0;<script>alert(1)</script>\\007'; exec cat`;

describe("seeing sessions of two nodes", () => {
  let a: Machine;
  let b: Machine;
  let viewer: Machine;
  let job: Machine;
  const files = mkdtempSync(join(tmpdir(), "fe-"));

  beforeAll(async () => {
    [a, b, viewer, job] = [machine(), machine(), machine(), machine()];
    await bringUp(a, "a", { b });
    await viewer.ok("join", await a.ok("hub", "token", "--role", "viewer", "--name", "alice"));
    await job.ok("join", await a.ok("hub", "token", "--role", "ci", "--name", "job"));
    await a.ok("launch", "--name", "near", "--", "sh", "-c", "echo common one; echo common two; exec cat");
    await a.ok("launch", "--on", "b", "--name", "far", "--cols", "40", "--rows", "8", "--", "sh", "-c", DRAWING);
    await a.ok("launch", "--on", "b", "--name", "over", "--tag", "done", "--", "sh", "-c", "seq 1 99; echo common three; printf 'x%.0s' $(seq 200)");
    await waitFor("all have printed", async () => (await a.json<Found>("search", "common")).matches.length === 3 && (await a.ok("screen", "b:far")).includes("true colour"));
    await waitFor("one has ended", async () => (await a.json<{ session: SessionRecord }>("status", "b:over")).session.state === "exited");
  }, 120_000);
  afterAll(async () => {
    for (const one of [b, viewer, job, a]) await one[Symbol.asyncDispose]();
    rmSync(files, { recursive: true, force: true });
  });

  it("one screen as text, with colours, and as data", async () => {
    expect((await viewer.ok("screen", "b:far")).split("\n")).toEqual(['red <b>&"bold"', "green paper", "┌──┐", "│ok│", "└──┘ true colour"]);
    expect(await viewer.ok("screen", "b:far", "--ansi")).toContain("\u001b[0;1;31mred\u001b[m <b>");
    const screen = await viewer.json<Screen>("screen", "b:far", "--cells");
    expect(screen).toMatchObject({ target: "b:far".replace("far", "1"), cols: 40, title: "<script>alert(1)</script>", cursor: { x: 16, y: 4, row: 4, col: 16, shape: "block" }, modes: { alternateScreen: false }, activity: expect.anything() as unknown });
    expect(screen.cells?.[0]?.runs[0]).toEqual({ text: "red", width: 3, fg: 1, bold: true });
    expect(await viewer.json<Screen>("screen", "b:far")).not.toHaveProperty("cells");
  });

  it("the last screen of one that has ended, with scrollback and with lines that wrap", async () => {
    const lines = (await viewer.ok("screen", "b:over", "--scrollback", "all", "--join")).split("\n");
    expect(lines).toEqual([...Array.from({ length: 99 }, (_, n) => String(n + 1)), "common three", "x".repeat(200)]);
    expect((await viewer.ok("screen", "b:over")).split("\n").at(-1)).toHaveLength(80);
  });

  it("several at once, also where one fails", async () => {
    const both = await a.ok("screen", "near", "b:far");
    expect(both).toMatch(/^==> near <==\ncommon one\ncommon two\n\n==> b:far <==\nred /);
    expect((await viewer.json<Screen[]>("screen", "--all", "--all-nodes")).map(({ target }) => target).toSorted()).toEqual(["a:1", "b:1"]);
    const { code, stdout } = await viewer.fleet("screen", "b:far", "b:99", "nowhere:1", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ target: "b:1" }, { target: "b:99", ok: false, error: { code: "unknown-session" } }, { target: "nowhere:1", ok: false, error: { code: "unknown-node" } }]);
  });

  it.skipIf(spawnSync("chromium", ["--version"]).status !== 0)("a picture in which a browser shows what the terminal shows", async () => {
    const picture = join(files, "far.svg");
    await viewer.ok("screen", "b:far", "--svg", picture);
    expect(await viewer.fleet("screen", "b:far", "--svg", picture)).toMatchObject({ code: 2 });
    const svg = readFileSync(picture, "utf8");
    expect(svg).not.toContain("<script");
    // Where the browser has put each piece of writing, and how wide it made it.
    const script = "const out=[...document.querySelectorAll('text')].map((t)=>{const b=t.getBBox();return [Math.round(t.x.baseVal[0].value/8.4),Math.floor(t.y.baseVal[0].value/17),t.textContent,Math.round(b.width/8.4)]});document.body.textContent=JSON.stringify(out)";
    const page = join(files, "page.html");
    writeFileSync(page, `<!doctype html><meta charset="utf-8"><body>${svg}<script>${script}</script></body>`);
    const dom = await a.run("chromium", ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${join(files, "profile")}`, "--dump-dom", `file://${page}`]);
    const pieces = JSON.parse(/<body>(.*)<\/body>/s.exec(dom.stdout)?.[1]?.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&") ?? "[]") as [number, number, string, number][];
    const rows = Array.from({ length: 8 }, () => Array<string>(40).fill(" "));
    for (const [col, row, text, width] of pieces) {
      expect(width).toBe(Array.from(text).length);
      Array.from(text).forEach((char, at) => (rows[row] as string[]).splice(col + at, 1, char));
    }
    expect(rows.map((row) => row.join("").trimEnd())).toEqual(['red <b>&"bold"', "green paper", "", " ok", "     true colour", "", "", ""]);
  }, 60_000);

  it("a search through all of them, and one that says where it could not look", async () => {
    const { matches } = await viewer.json<Found>("search", "common");
    expect(matches.map(({ target, line }) => [target, line])).toEqual([["a:1", "common one"], ["a:1", "common two"], ["b:2", "common three"]]);
    expect(await viewer.ok("search", "common", "--quiet")).toBe("a:1\nb:2");
    expect(await viewer.ok("search", "COMMON T", "-i", "--tag", "done", "-C", "1")).toMatch(/^b:2- 99\nb:2: [\d:]+ common three\nb:2- x+$/);
    expect((await viewer.json<Found>("search", "--regex", "^common (one|three)$", "--node", "b")).matches).toMatchObject([{ target: "b:2", name: "over", ranges: [[0, 12]] }]);
    expect(await viewer.fleet("search", "nowhere at all")).toMatchObject({ code: 1, stdout: "" });
    expect(await viewer.fleet("search", "common", "--limit", "2")).toMatchObject({ code: 0, stderr: expect.stringContaining("more lines match") as string });
  }, 60_000);

  it("ends watching at a line, and after so many bytes", async () => {
    const lines = (await viewer.ok("watch", "near", "--until", "/common t/", "--json", "--timeout", "30")).split("\n").map((line) => JSON.parse(line) as { stream: string; text: string });
    expect(lines.map(({ stream, text }) => [stream, text])).toEqual([["output", "common one"], ["output", "common two"], ["stop", "common two"]]);
    expect(await viewer.ok("watch", "near", "--max-bytes", "6", "--plain")).toBe("common");
    expect(await viewer.fleet("watch", "b:over", "--until", "/never/")).toMatchObject({ code: 1, stderr: expect.stringContaining("without printing") as string });
  });

  it("a pipeline sees what it launched, and nothing else", async () => {
    const own = await job.ok("launch", "--on", "b", "--quiet", "--", "sh", "-c", "echo common of ci; exec cat");
    await waitFor("its own line", async () => (await job.fleet("search", "common")).stdout.includes("of ci"));
    expect((await job.json<Found>("search", "common")).matches.map(({ target }) => target)).toEqual([own]);
    expect(await job.ok("screen", own)).toBe("common of ci");
    expect(await job.fleet("screen", "b:far")).toMatchObject({ code: 1, stderr: expect.stringContaining("somebody else") as string });
    expect(await job.fleet("search", "common", "b:over")).toMatchObject({ code: 1, stderr: expect.stringContaining("somebody else") as string });
  });

  it("a search says which node was not searched", async () => {
    await b.ok("down");
    await waitFor("the fleet knows", async () => (await a.json<NodeRecord[]>("nodes")).find(({ name }) => name === "b")?.state !== "live");
    const { code, stdout, stderr } = await viewer.fleet("search", "common", "--json");
    expect(code).toBe(1);
    expect(stderr).toContain("b was not searched");
    const { matches, failures } = JSON.parse(stdout) as Found;
    expect(matches.map(({ target }) => target)).toEqual(["a:1", "a:1"]);
    expect(failures).toMatchObject([{ node: "b" }]);
  });
});
