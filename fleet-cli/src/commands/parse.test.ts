import { describe, expect, it } from "vitest";
import { isGroup, type CommandEntry, type CommandTable } from "./command.ts";
import { findCommand } from "./find.ts";
import { GLOBAL_FLAGS } from "./globals.ts";
import { parseWords } from "./parse.ts";
import { COMMANDS } from "./table.ts";

async function parse(line: readonly string[]) {
  const { path, entry, words } = findCommand(line, COMMANDS, GLOBAL_FLAGS);
  if (entry === undefined || isGroup(entry)) throw new Error(`no command: ${path.join(" ")}`);
  const { default: spec } = await entry.load();
  return { path: path.join(" "), ...parseWords(words, { args: spec.args, rest: spec.rest, flags: { ...GLOBAL_FLAGS, ...spec.flags } }) };
}

/** A line each command takes: what of it is checked. */
const LINES: readonly (readonly [string[], object])[] = [
  [["launch", "--on", "b", "--name", "n", "--tag", "x", "--tag", "y", "--env", "A=1=2", "--where", "z=eu", "--cols", "80", "--", "sh", "-c", "echo --json"], { rest: ["sh", "-c", "echo --json"], flags: { on: "b", tag: ["x", "y"], env: [["A", "1=2"]], where: [{ kind: "label", key: "z", is: "=", value: "eu" }], cols: 80, json: false } }],
  [["run", "--", "make"], { rest: ["make"] }],
  [["ls", "--node", "a", "--node", "b", "--state", "blocked", "--json"], { flags: { node: ["a", "b"], state: ["blocked"], json: true } }],
  [["attach"], { args: [] }],
  [["attach", "a:1", "--read-only"], { args: ["a:1"], flags: { "read-only": true } }],
  [["logs", "a:1", "-f", "--tail", "5"], { flags: { follow: true, tail: 5 } }],
  [["watch", "a", "b", "--timeout", "1.5"], { args: ["a", "b"], flags: { timeout: 1500 } }],
  [["export", "a:1", "--cast", "--version", "3", "-o", "x.cast", "--tail", "5", "-f"], { args: ["a:1"], flags: { cast: true, version: "3", output: "x.cast", tail: 5, force: true } }],
  [["replay", "a:1", "--speed", "0.5", "--max-idle", "2", "--from", "10m"], { args: ["a:1"], flags: { speed: 0.5, "max-idle": 2000, from: 600_000 } }],
  [["send", "a:1", "hello", "--no-enter"], { args: ["a:1", "hello"], flags: { "no-enter": true } }],
  [["send", "a:1", "--keys", "C-c", "Up", "Enter"], { args: ["a:1"], flags: { keys: ["C-c", "Up", "Enter"] } }],
  [["send", "a:1", "--", "--not-a-flag"], { args: ["a:1", "--not-a-flag"] }],
  [["kill", "--all", "--grace", "500ms", "--signal", "int"], { flags: { all: true, grace: 500, signal: "INT" } }],
  [["screen", "1", "--ansi"], { flags: { ansi: true } }],
  [["screen", "1", "b:2", "--scrollback", "all", "--join"], { args: ["1", "b:2"], flags: { scrollback: 100_000, join: true } }],
  [["search", "a b", "1", "-i", "-C", "2", "--regex"], { args: ["a b", "1"], flags: { "ignore-case": true, "context": 2, "regex": true } }],
  [["status", "1"], { args: ["1"] }],
  [["wait", "1", "--for", "/a b/i", "--any"], { flags: { for: { kind: "regex", pattern: /a b/i }, any: true } }],
  [["report", "blocked", "--reason", "login", "--session", "a:1"], { args: ["blocked"], flags: { reason: "login", session: "a:1" } }],
  [["report", "--hook", "claude"], { args: [], flags: { hook: "claude" } }],
  [["hooks", "claude"], { args: ["claude"] }],
  [["wait", "1", "--for", "done"], { flags: { for: { kind: "done" } } }],
  [["restart", "1", "--grace", "2s"], { flags: { grace: 2000 } }],
  [["rm", "1", "2"], { args: ["1", "2"] }],
  [["msg", "send", "a:build", "text", "--subject", "s", "--expires", "1d", "--type"], { path: "msg send", args: ["a:build", "text"], flags: { subject: "s", expires: 86_400_000, type: true } }],
  [["msg", "send", "@a", "--file", "f"], { args: ["@a"], flags: { file: "f" } }],
  [["msg", "inbox", "--unread", "--from", "@a", "--session", "a:1", "--limit", "5", "--ack"], { path: "msg inbox", flags: { unread: true, from: "@a", session: "a:1", limit: 5, ack: true, keep: false } }],
  [["msg", "request", "a:1", "text", "--timeout", "30"], { path: "msg request", flags: { timeout: 30_000 } }],
  [["msg", "reply", "k3v9x0q2m7ab", "--stdin", "--node", "a"], { path: "msg reply", args: ["k3v9x0q2m7ab"], flags: { stdin: true, node: "a" } }],
  [["msg", "listen", "--for", "10m", "--from", "a"], { path: "msg listen", flags: { for: 600_000, from: "a" } }],
  [["msg", "status", "k3v9x0q2m7ab"], { path: "msg status", args: ["k3v9x0q2m7ab"] }],
  [["msg", "rm", "k3v9x0q2m7ab", "--session", "@"], { path: "msg rm", flags: { session: "@" } }],
  [["events", "-f", "--since", "e1.7.abc", "--node", "a", "--session", "a:build", "--tag", "t", "--kind", "session-ended", "--limit", "3"], { flags: { follow: true, since: { after: { epoch: "e1", seq: 7, at: 13_368 } }, node: ["a"], session: [{ node: "a", session: { name: "build" } }], tag: ["t"], kind: ["session-ended"], limit: 3 } }],
  [["events", "--since", "2026-01-31T12:00:00Z"], { flags: { since: { since: Date.parse("2026-01-31T12:00:00Z") } } }],
  [["notify", "run"], {}],
  [["notify", "test", "pager"], { args: ["pager"] }],
  [["notify", "ls"], {}],
  [["prune", "--older-than", "7d", "--keep-bytes", "1.5G", "--keep-count", "3", "--dry-run"], { flags: { "older-than": 604_800_000, "keep-bytes": 1_610_612_736, "keep-count": 3, "dry-run": true } }],
  [["--nats", "nats://h:1", "nodes"], { path: "nodes", flags: { nats: "nats://h:1" } }],
  [["node", "describe", "b"], { path: "node describe", args: ["b"] }],
  [["node", "--json", "label", "b", "x=1", "y-"], { args: ["b", "x=1", "y-"], flags: { json: true } }],
  [["node", "drain", "b", "--undo"], { flags: { undo: true } }],
  [["node", "drain", "--where", "zone=eu", "--deadline", "30m", "--kill-after"], { flags: { "deadline": 1_800_000, "kill-after": true, "where": [{ kind: "label", key: "zone", is: "=", value: "eu", text: "zone=eu" }] } }],
  [["node", "uncordon", "b", "c"], { args: ["b", "c"] }],
  [["send", "--tag", "t", "--keys", "Up", "Enter"], { args: [], flags: { keys: ["Up", "Enter"], tag: ["t"] } }],
  [["node", "rm", "b", "--force"], { flags: { force: true } }],
  [["up", "--name", "a", "--label", "x=1", "--open"], { flags: { name: "a", label: [["x", "1"]], open: true } }],
  [["down", "--sessions", "-y"], { flags: { sessions: true, yes: true } }],
  [["hub", "init", "--host", "h.example", "--nats-port", "4222"], { flags: { host: "h.example", "nats-port": 4222 } }],
  [["hub", "up"], { path: "hub up" }],
  [["hub", "down"], { path: "hub down" }],
  [["hub", "status", "-q"], { flags: { quiet: true } }],
  [["hub", "token", "--role", "node", "--expires", "10m"], { flags: { role: "node", expires: 600_000 } }],
  [["join", "fleet1_x"], { args: ["fleet1_x"] }],
  [["key", "--node"], { path: "key", flags: { node: true } }],
  [["hub", "token", "create", "--role", "ci", "--credential-expires", "2d"], { path: "hub token create", flags: { role: "ci", "credential-expires": 172_800_000 } }],
  [["hub", "token", "--json", "ls", "--all"], { path: "hub token ls", flags: { all: true } }],
  [["hub", "token", "list"], { path: "hub token list" }],
  [["hub", "token", "revoke", "alice"], { path: "hub token revoke", args: ["alice"] }],
  [["hub", "token", "rotate", "--role", "node", "--grace", "30s"], { flags: { role: "node", grace: 30_000 } }],
  [["hub", "permissions", "--role", "ci", "--pool", "gpu", "--nsc"], { flags: { role: "ci", pool: "gpu", nsc: true } }],
  [["server", "add", "home", "h:1", "--token-file", "f"], { args: ["home", "h:1"], flags: { "token-file": "f" } }],
  [["server", "ls"], { path: "server ls" }],
  [["server", "rm", "home"], { args: ["home"] }],
  [["server", "token", "create", "phone", "--role", "viewer"], { path: "server token create", args: ["phone"] }],
  [["server", "token", "ls"], { path: "server token ls" }],
  [["server", "token", "revoke", "phone"], { args: ["phone"] }],
  [["doctor"], { path: "doctor" }],
  [["mcp", "--read-only", "--allow-node", "gpu-*", "--allow-command", "npm run *", "--tag", "t", "--max-chars", "5000"], { flags: { "read-only": true, "allow-node": ["gpu-*"], "allow-command": ["npm run *"], tag: ["t"], "max-chars": 5_000 } }],
  [["audit", "verify", "--node", "a", "--node", "hub"], { path: "audit", args: ["verify"], flags: { node: ["a", "hub"] } }],
  [["audit", "--refused", "--caller", "ann", "--limit", "5"], { path: "audit", flags: { refused: true, caller: "ann", limit: 5 } }],
  [["top", "--every", "5", "--once"], { path: "top", flags: { every: 5_000, once: true } }],
  [["completion", "bash"], { path: "completion bash" }],
  [["completion", "zsh"], { path: "completion zsh" }],
  [["completion", "fish"], { path: "completion fish" }],
  [["completion", "powershell"], { path: "completion powershell" }],
  [["completion", "words", "--", "ls", "--"], { rest: ["ls", "--"] }],
  [["completion", "install", "zsh"], { args: ["zsh"] }],
  [["version"], { path: "version" }],
  [["help", "node", "label"], { args: ["node", "label"] }],
];

const WRONG: readonly (readonly [string[], string, RegExp])[] = [
  [["frobnicate"], "command-not-found", /frobnicate/],
  [["node", "frobnicate"], "command-not-found", /node frobnicate/],
  [["ls", "--frob"], "usage", /--frob/],
  [["ls", "--token", "secret"], "usage", /command line/],
  [["ls", "extra"], "usage", /extra/],
  [["ls", "--json=yes"], "usage", /--json/],
  [["ls", "--state", "asleep"], "usage", /--state/],
  [["launch", "bash"], "usage", /bash/],
  [["launch", "--name", "9lives", "--", "true"], "bad-name", /--name/],
  [["launch", "--env", "NOVALUE", "--", "true"], "usage", /--env/],
  [["launch", "--cols", "0", "--", "true"], "usage", /--cols/],
  [["launch", "--name"], "usage", /--name wants a value/],
  [["status"], "usage", /TARGET/],
  [["wait", "1", "--timeout", "soon"], "usage", /--timeout/],
  [["wait", "1", "--for", "/(/"], "usage", /--for/],
  [["wait", "1", "--for", "thinking"], "usage", /--for 'thinking' is none of/],
  [["report"], "usage", /STATE/],
  [["report", "--hook", "toaster"], "usage", /--hook/],
  [["kill", "1", "--grace", "2h"], "usage", /--grace/],
  [["logs", "1", "--since", "yesterday"], "usage", /--since/],
  [["export", "1", "--cast", "--version", "1"], "usage", /--version/],
  [["replay", "1", "--speed", "0"], "usage", /--speed/],
  [["events", "--since", "yesterday"], "usage", /--since/],
  [["events", "--kind", "No Kind"], "usage", /--kind/],
  [["prune", "--keep-bytes", "much"], "usage", /--keep-bytes/],
];

describe("the command line", () => {
  it.each(LINES.map((line) => [line[0].join(" "), ...line] as const))("fleet %s", async (_title, line, expected) => {
    expect(await parse(line)).toMatchObject(expected);
  });

  it("knows a line of every command", () => {
    const tried = new Set(LINES.map(([line]) => findCommand(line, COMMANDS, GLOBAL_FLAGS).path.join(" ")));
    expect(leaves(COMMANDS).filter((path) => !tried.has(path))).toEqual([]);
  });

  it.each(WRONG.map((line) => [line[0].join(" "), ...line] as const))("refuses fleet %s", async (_title, line, code, message) => {
    await expect(parse(line)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it("hints at the nearest name", () => {
    expect(() => findCommand(["lunch"], COMMANDS, {})).toThrow(expect.objectContaining({ exit: 127, hint: "did you mean 'fleet launch'?" }));
    expect(() => parseWords(["--jsn"], { args: [], flags: GLOBAL_FLAGS })).toThrow(expect.objectContaining({ exit: 2, hint: "did you mean --json?" }));
  });

  it("every command says what it is for and shows how it is typed, and its examples can be typed", async () => {
    for (const path of leaves(COMMANDS)) {
      const entry = findCommand(path.split(" "), COMMANDS, {}).entry as CommandEntry;
      const { default: spec } = await entry.load();
      expect(entry.purpose, path).toMatch(/^\S.{5,}/);
      expect(spec.examples.length, path).toBeGreaterThan(0);
      for (const example of spec.examples) expect(example, path).toContain("fleet");
    }
  });
});

function leaves(table: CommandTable, before = ""): string[] {
  return Object.entries(table).flatMap(([name, entry]) => (isGroup(entry) ? leaves(entry.commands, `${before}${name} `) : [`${before}${name}`]));
}
