// Ids, names and paths that nobody means: separators, dots, NULs, newlines, wildcards, ten kilobytes. Each is a usage error, and
// nothing was touched: no session, no file, no request that got further than its border.
import { readdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { NODE_CONTRACTS } from "@fleetwire/shared/bus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { machine, type Machine } from "./machines.ts";

const HOSTILE = ["..", ".", "a/b", "../../etc/passwd", "/etc/passwd", "a\nb", "a\tb", " ", "", "*", ">", "a.b", "a b", "$(id)", "`id`", "a;b", "-", "--", "a:b:c", ":", "a\u0000b", "a\u202eb", "ｇamma", "%2e%2e", "x".repeat(10_240)];
/** Tags and labels are never part of a path or a subject, and may look a little like one. */
const FOR_TAGS = HOSTILE.filter((text) => text !== "a.b");
const FOR_LABELS = FOR_TAGS.filter((text) => text !== "a/b");
/** An argument vector can't hold a NUL: the kernel ends the text there. */
const asArguments = (texts: readonly string[]) => texts.filter((text) => !text.includes("\u0000"));

let here: Machine;
let before: readonly string[];
beforeAll(async () => {
  here = machine();
  await here.ok("launch", "--name", "keeper", "--", "sleep", "1000");
  before = files();
}, 120_000);
afterAll(() => here[Symbol.asyncDispose]());

/** Logs may grow by a line, the database by its journal. */
function files(): readonly string[] {
  return (readdirSync(here.home, { recursive: true }) as string[]).filter((name) => !/\.db-|\.log|timing\.idx|audit\//.test(name)).sort();
}

function ask(verb: string, input: object): Promise<{ error?: { code: string } }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(here.home, "run/agent.sock"), path: `/v1/${verb}`, method: "POST", headers: { "fleet-operation": "A".repeat(22), "content-type": "application/json" } }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString())).on("end", () => resolve(JSON.parse(body) as { error?: { code: string } }));
    });
    asked.on("error", reject).end(JSON.stringify(input));
  });
}

async function sessions(): Promise<unknown[]> {
  return here.json<unknown[]>("ls");
}

describe("on the command line", () => {
  const places: readonly (readonly [string, (text: string) => string[], (readonly string[])?])[] = [
    ["a session's name", (text) => ["launch", `--name=${text}`, "--", "true"]],
    ["a tag", (text) => ["launch", `--tag=${text}`, "--", "true"], FOR_TAGS],
    ["a node", (text) => ["launch", `--on=${text}`, "--", "true"]],
    ["a node's name", (text) => ["up", `--name=${text}`]],
    ["a target", (text) => ["status", "--", text]],
    ["a target to kill", (text) => ["kill", "--yes", "--", text]],
    ["a target to forget", (text) => ["rm", "--", text]],
    ["a target to type into", (text) => ["send", "--", text, "x"]],
    ["a node to forget", (text) => ["node", "rm", "--", text]],
  ];
  it.each(places.map(([what, command, texts = HOSTILE]) => ({ what, command, texts })))("$what", async ({ command, texts }) => {
    // A few at a time: each is a process.
    const words = asArguments(texts);
    for (let from = 0; from < words.length; from += 4) {
      const results = await Promise.all(words.slice(from, from + 4).map(async (text) => ({ text, ...(await here.fleet(...command(text))) })));
      for (const { text, code, stdout, stderr } of results) {
        expect({ text: text.slice(0, 40), code, stdout, lines: stderr.trimEnd().split("\n").length <= 2, stack: /\n\s+at /.test(stderr) }).toEqual({ text: text.slice(0, 40), code: 2, stdout: "", lines: true, stack: false });
        expect(stderr.length).toBeLessThan(1_000);
        expect(stderr.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      }
    }
    expect(await sessions()).toHaveLength(1);
    expect(files()).toEqual(before);
  }, 120_000);
});

describe("on the node's socket", () => {
  it.each([
    { verb: "session-launch", input: (text: string) => ({ command: ["true"], name: text }) },
    { verb: "session-launch", input: (text: string) => ({ command: ["true"], tags: [text] }), texts: FOR_TAGS },
    { verb: "session-get", input: (text: string) => ({ session: { name: text } }) },
    { verb: "session-get", input: (text: string) => ({ session: { id: text } }) },
    { verb: "session-kill", input: (text: string) => ({ sessions: [{ name: text }] }) },
    { verb: "session-rm", input: (text: string) => ({ sessions: [{ name: text }] }) },
    { verb: "session-send", input: (text: string) => ({ session: { name: text }, text: "x" }) },
    { verb: "node-configure", input: (text: string) => ({ name: text }) },
    { verb: "node-label", input: (text: string) => ({ set: { [text]: "x" }, remove: [] }), texts: FOR_LABELS },
  ] satisfies { verb: keyof typeof NODE_CONTRACTS; input: (text: string) => object; texts?: readonly string[] }[])("$verb", async ({ verb, input, texts = HOSTILE }) => {
    for (const text of texts) {
      const { error } = await ask(verb, input(text));
      expect({ text: text.slice(0, 40), answer: error?.code }).toEqual({ text: text.slice(0, 40), answer: "bad-input" });
    }
    expect(await sessions()).toHaveLength(1);
    expect(files()).toEqual(before);
  });
});
