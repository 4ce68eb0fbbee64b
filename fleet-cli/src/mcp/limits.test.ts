import { describe, expect, it } from "vitest";
import { matchesCommand } from "./command-pattern.ts";
import { checkCommand, checkEnv, DEFAULT_MAX_CHARS, seesNode, seesSession, type Limits } from "./limits.ts";

const NONE: Limits = { readOnly: false, tools: [], nodes: [], commands: [], env: [], tags: [], maxChars: DEFAULT_MAX_CHARS };

describe("what the owner allows", () => {
  it.each([
    ["claude", ["claude"], true],
    ["claude", ["claude", "-p", "x y"], true],
    ["claude", ["claude2"], false],
    ["claude", ["/tmp/claude"], false],
    ["claude", ["./claude"], false],
    ["c*", ["codex", "exec"], true],
    ["/opt/bin/*", ["/opt/bin/agent"], true],
    ["/opt/bin/*", ["/opt/bin/../../bin/sh"], false],
    ["/opt/bin/*", ["agent"], false],
    ["npm run *", ["npm", "run"], true],
    ["npm run *", ["npm", "run", "test", "--", "-u"], true],
    ["npm run *", ["npm", "run test"], false],
    ["npm run *", ["npm", "install"], false],
    ["npm test", ["npm", "test"], true],
    ["npm test", ["npm", "test", "extra"], false],
    ["git l?g", ["git", "log"], true],
    ["*", ["anything", "at", "all"], true],
    ["*", ["/bin/sh"], false],
  ])("the pattern %j and the command %j: %s", (pattern, argv, matches) => expect(matchesCommand(argv, pattern)).toBe(matches));

  it("a denied command is told what is allowed; no list allows everything", () => {
    expect(() => checkCommand({ ...NONE, commands: ["claude", "npm run *"] }, ["bash\u0007"])).toThrow(expect.objectContaining({ code: "denied", message: "the command 'bash?' is not among those allowed here: claude, npm run *" }));
    expect(() => checkCommand(NONE, ["bash"])).not.toThrow();
  });

  it("where commands are limited, variables are: each can change what a command is", () => {
    expect(() => checkEnv(NONE, { PATH: "/tmp" })).not.toThrow();
    expect(() => checkEnv({ ...NONE, commands: ["claude"] }, { PATH: "/tmp" })).toThrow(expect.objectContaining({ code: "denied" }));
    expect(() => checkEnv({ ...NONE, commands: ["claude"], env: ["TASK_*"] }, { TASK_ID: "1" })).not.toThrow();
  });

  it("nodes by name or pattern, sessions by all of the tags", () => {
    expect(["gpu-1", "gpu-box", "cpu-1"].filter((name) => seesNode({ ...NONE, nodes: ["gpu-*"] }, name))).toEqual(["gpu-1", "gpu-box"]);
    const limits = { ...NONE, nodes: ["a"], tags: ["x", "y"] as never };
    expect(seesSession(limits, { node: "a", tags: ["y", "x", "z"] })).toBe(true);
    expect(seesSession(limits, { node: "a", tags: ["x"] })).toBe(false);
    expect(seesSession(limits, { node: "b", tags: ["x", "y"] })).toBe(false);
  });
});
