import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgentRules } from "@fleetwire/shared/control";
import { waitFor } from "@fleetwire/shared/testing";
import { RuleBook } from "../pty-host/activity/rule-book.ts";
import { watchAgentRules } from "./agent-rules.ts";
import { BUILTIN } from "./builtin.ts";
import { readOwnRules } from "./read-rules.ts";

let directory: string;
const write = (name: string, text: string) => writeFileSync(join(directory, name), text, { mode: 0o600 });
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "fw-")), "agents");
  mkdirSync(directory, { mode: 0o700 });
});
afterEach(() => rmSync(join(directory, ".."), { recursive: true }));

const GOOD = `program = ["robot"]
[[screen]]
name = "robot-asks"
match = ["^Shall I"]
state = "blocked"
reason = "question"
[[notification]]
match = "finished"
state = "done"
`;

describe("rules of one's own", () => {
  it("are read from a file for each agent", () => {
    write("robot.toml", GOOD);
    write("notes.txt", "not a rule");
    expect(readOwnRules(directory)).toEqual({
      faults: [],
      agents: [{ agent: "robot", program: ["robot"], screen: [{ name: "robot-asks", match: ["^Shall I"], state: "blocked", reason: "question" }], notification: [{ match: "finished", state: "done" }] }],
    });
    expect(readOwnRules(join(directory, "missing"))).toEqual({ agents: [], faults: [] });
  });

  it.each([
    ["no TOML", "program = [", /broken\.toml: /],
    ["no regular expression", 'program = ["x"]\n[[title]]\nmatch = "("\nstate = "done"\n', /title\.0\.match: not a regular expression/],
    ["a misspelt key", 'program = ["x"]\nscreens = []\n', /screens: this key is not known/],
    ["a state that a screen can't show", 'program = ["x"]\n[[screen]]\nname = "a"\nmatch = ["a"]\nstate = "done"\n', /screen\.0\.state/],
    ["no program", "", /program/],
    ["too large", `program = ["x"]\n# ${"x".repeat(70_000)}`, /larger than 64 KiB/],
  ])("%s is said in one line, and the others count", (_what, text, expected) => {
    write("broken.toml", text);
    write("robot.toml", GOOD);
    const { agents, faults } = readOwnRules(directory);
    expect(agents.map(({ agent }) => agent)).toEqual(["robot"]);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(expected);
    expect(faults[0]).not.toContain("\n");
  });

  it("that others can write are left out", () => {
    write("robot.toml", GOOD);
    chmodSync(join(directory, "robot.toml"), 0o666);
    expect(readOwnRules(directory)).toMatchObject({ agents: [], faults: [expect.stringContaining("others can write it")] });
  });

  it("stand before those of this release, and are read again when a file has changed", async () => {
    const told: (readonly AgentRules[])[] = [];
    let fault: string | undefined;
    using _watch = watchAgentRules({ directory, onRules: (agents) => told.push(agents), onFault: (text) => (fault = text) });
    expect(told.at(-1)).toEqual(BUILTIN);
    write("claude.toml", 'program = ["claude"]\n[[title]]\nmatch = "x"\nstate = "blocked"\n');
    await waitFor("they are told", () => told.length === 2);
    expect(told.at(-1)?.filter(({ agent }) => agent === "claude")).toEqual([{ agent: "claude", program: ["claude"], title: [{ match: "x", state: "blocked" }] }]);
    expect(told.at(-1)).toHaveLength(BUILTIN.length);
    write("claude.toml", "program = 3");
    await waitFor("the fault", () => fault);
    expect(told.at(-1)).toEqual(BUILTIN);
    rmSync(join(directory, "claude.toml"));
    await waitFor("it is over", () => fault === undefined);
  }, 30_000);
});

describe("the rules of this release", () => {
  it("are rules", () => {
    for (const rules of BUILTIN) expect(AgentRules.parse(rules)).toEqual(rules);
  });

  const book = new RuleBook();
  book.set(BUILTIN);
  const front = (name: string) => ({ group: 1, start: "1", names: [name] });

  it.each<[string, string, string]>([
    ["claude", "Bash command\n\n  rm -rf build\n\nDo you want to proceed?\n❯ 1. Yes\n  2. Yes, and don't ask again\n  3. No", "blocked permission"],
    ["claude", "│ Do you want to make this edit to a.ts? │\n│ ❯ 1. Yes │", "blocked permission"],
    ["claude", "Which way?\n❯ 1. left\n  2. right\nEnter to select · ↑/↓ to navigate · Esc to cancel", "blocked question"],
    ["claude", "✻ Pondering… (12s · esc to interrupt)\n\n> \n  ? for shortcuts", "working"],
    ["claude", "● Done\n\n> \n  ? for shortcuts", "idle"],
    ["codex", "Would you like to run the following command?\n\n  $ make\n› 1. Yes, proceed (y)\n  2. No\n Press enter to confirm or esc to cancel", "blocked permission"],
    ["codex", "• Working (3s • esc to interrupt)", "working"],
    ["gemini", "Apply this change?\n● 1. Yes, allow once\n  2. Yes, allow always", "blocked permission"],
    ["opencode", "△ Permission required\n  bash\n Allow once   Allow always   Reject", "blocked permission"],
    ["bash", "Do you want to proceed?\n 1. Yes", "nothing"],
    ["robot", "Tool call: rm -rf build\n\nApprove this command?\n\n ▸ Yes\n   Yes, always\n   No (esc)", "blocked question"],
    ["robot", "Delete 3 files?\n  [ Allow ]   [ Always ]   [ Deny ]", "blocked question"],
    ["robot", "overwrite a.ts (y/N) ", "blocked question"],
    ["robot", "What shall I do?\n> type your message", "nothing"],
    ["robot", "- Yes, it works. No, it is not slow.\nSee the notes.", "nothing"],
    ["bash", "Approve this command?\n ▸ Yes\n   No\n$ ", "nothing"],
    ["vim", "# Questions\nDelete? [y/N]", "idle"],
    ["claude", "some text of a person about what they want to do", "nothing"],
  ])("%s: %j is %s", (program, screen, expected) => {
    const found = book.onScreen(front(program), screen);
    expect(found === undefined ? "nothing" : [found.state, found.reason].filter((part) => part !== undefined).join(" ")).toBe(expected);
  });

  it.each<[string, "title" | "notification" | "prompt", string, string]>([
    ["claude", "title", "⠂ Fix the tests", "working"],
    ["claude", "title", "✳ Fix the tests", "idle"],
    ["claude", "notification", "Claude needs your permission to use Bash", "blocked permission"],
    ["claude", "notification", "Claude is waiting for your input", "idle"],
    ["codex", "title", "⠋ project", "working"],
    ["codex", "title", "[ ! ] Action Required project", "blocked permission"],
    ["codex", "notification", "Approval requested: rm -rf build", "blocked permission"],
    ["codex", "notification", "All tests pass now.", "done"],
    ["gemini", "title", "✋  Action Required (api)      ", "blocked permission"],
    ["gemini", "title", "◇  Ready (api)", "idle"],
    ["make", "notification", "Build finished", "done"],
    ["deploy", "notification", "May I push?", "blocked question"],
    ["ssh", "notification", "Enter your passphrase", "blocked login"],
    ["vim", "title", "⠂ notes", "nothing"],
    ["read", "prompt", "Continue? [y/N] ", "blocked question"],
    ["npm", "prompt", "Ok to proceed? (y) ", "nothing"],
    ["less", "prompt", "Overwrite? (yes/no): ", "blocked question"],
    ["pause", "prompt", "Press any key to continue . . .", "blocked input"],
    ["tool", "prompt", "Enter your PIN for token 3: ", "blocked login"],
    ["bash", "prompt", "me@box:~$ ", "nothing"],
  ])("%s's %s %j is %s", (program, kind, text, expected) => {
    const found = book.said(kind, front(program), text);
    expect(found === undefined ? "nothing" : [found.state, found.reason].filter((part) => part !== undefined).join(" ")).toBe(expected);
  });
});
