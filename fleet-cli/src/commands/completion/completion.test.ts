// Completion in the shells themselves: what stands on the line after Tab, with names that the node gives.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildFleet, Home, NODE, session, standIn, STATUS, type Built, type StandIn } from "../../test-fleet.ts";

let built: Built;
let home: Home;
let node: StandIn;
beforeAll(async () => {
  built = await buildFleet();
  home = new Home(built);
  node = await standIn(join(home.path, "run/agent.sock"), {
    "agent-status": () => STATUS,
    "node-get": () => NODE,
    "session-list": ({ filter }: { filter?: { states?: string[] } }) => ({ sessions: [session(1, { name: "build" }), session(2, { state: "exited", name: "bygone" })].filter(({ state }) => filter?.states?.includes(state) ?? true), more: false, rev: 1 }),
  });
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  home[Symbol.dispose]();
  built[Symbol.dispose]();
});

async function words(...line: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await home.fleet("completion", "words", "--", ...line);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.trimEnd().split("\n").map((text) => text.split("\t")[0] ?? "");
}

describe("words", () => {
  it.each([
    [["la"], ["none", "launch"]],
    [["node", ""], ["none", "describe", "label", "drain", "uncordon", "rm"]],
    [["completion", "w"], ["none"]],
    [["attach", "b"], ["none", "build"]],
    [["logs", "b"], ["none", "build", "bygone"]],
    [["logs", "here:"], ["none", "here:1", "here:2"]],
    [["launch", "--on", ""], ["none", "here"]],
    [["launch", "--on=h"], ["none", "--on=here"]],
    [["launch", "--restart", "on"], ["none", "on-failure"]],
    [["launch", "--dir", ""], ["directories"]],
    [["launch", "--tag", "x", "--na"], ["none", "--name", "--nats"]],
    [["ls", "--state", "bl"], ["none", "blocked"]],
    [["send", "build", "--file", ""], ["files"]],
    [["launch", "--", "ls", ""], ["files"]],
    [["export", "build", "--version", ""], ["none", "2", "3"]],
    [["nonsense", "x"], ["none"]],
  ])("%j", async (line, expected) => expect(await words(...line)).toEqual(expected));

  it("come with descriptions", async () => {
    expect((await home.fleet("completion", "words", "--", "attach", "build")).stdout).toBe("none\nbuild\there:1 running: bash\n");
  });

  it("without a node are none, and none is started", async () => {
    using empty = new Home(built);
    const { code, stdout, stderr } = await empty.fleet("completion", "words", "--", "attach", "");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "none\n", stderr: "" });
    expect(existsSync(join(empty.path, "logs"))).toBe(false);
  });
});

const has = (shell: string) => {
  try {
    execFileSync(shell, ["-c", "exit"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

describe("bash", () => {
  async function complete(line: string): Promise<string[]> {
    writeFileSync(join(home.path, "fleet.bash"), (await home.fleet("completion", "bash")).stdout);
    const script = `
      source fleet.bash
      COMP_LINE=${JSON.stringify(line)}; COMP_POINT=\${#COMP_LINE}
      # As readline splits it: a ':' and a '=' are words of their own.
      COMP_WORDS=($(sed 's/[:=]/ & /g' <<<"$COMP_LINE")); [[ $COMP_LINE == *[[:space:]:=] ]] && COMP_WORDS+=("")
      COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
      _fleet; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await home.run("bash", ["--norc", "-c", script]);
    expect(stderr).toBe("");
    return stdout.trimEnd().split("\n");
  }
  it.each([
    ["fleet la", ["launch"]],
    ["fleet attach b", ["build"]],
    ["fleet logs here:", ["1", "2"]],
    ["fleet launch --on=h", ["here"]],
    ["fleet node ", ["describe", "label", "drain", "uncordon", "rm"]],
  ])("%s", async (line, expected) => expect(await complete(line)).toEqual(expected));

  it("adds file names where files are wanted", async () => {
    mkdirSync(join(home.path, "folder-of-mine"), { recursive: true });
    expect(await complete("fleet launch --dir folder")).toEqual(["folder-of-mine"]);
  });
});

describe.runIf(has("fish"))("fish", () => {
  it("offers live names with descriptions", async () => {
    const { stdout, stderr } = await home.run("fish", ["--no-config", "-c", "fleet completion fish | source; complete -C 'fleet logs b'; complete -C 'fleet la'; complete -C 'fleet logs here:'"]);
    expect(stderr).toBe("");
    expect(stdout.trimEnd().split("\n")).toEqual(["build\there:1 running: bash", "bygone\there:2 exited: bash", "launch\tstart a session", "here:1\trunning: bash", "here:2\texited: bash"]);
  });
});

describe.runIf(has("zsh"))("zsh", () => {
  /** Types into a zsh on a terminal of its own and reads the line back. */
  async function typed(line: string): Promise<string> {
    const script = `
      zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z 'PS1= PROMPT= ; unsetopt beep; autoload -Uz compinit; compinit -u -D; source <(fleet completion zsh); show() { print -r -- "<<$BUFFER>>"; }; zle -N show; bindkey "^X" show; print ready-now'
      zpty -r z out '*ready-now*ready-now*'
      zpty -w -n z ${JSON.stringify(line)}$'\\t'
      sleep 1
      zpty -w -n z $'\\x18'
      zpty -r z out '*<<*>>*'
      print -r -- "$out"
      zpty -d z`;
    const { stdout } = await home.run("timeout", ["20", "zsh", "-f", "-c", script], { env: { TERM: "dumb" } });
    return /<<(.*)>>/.exec(stdout)?.[1] ?? stdout;
  }
  it("completes a command and a live name", async () => {
    expect(await typed("fleet lau")).toBe("fleet launch ");
    expect(await typed("fleet attach bui")).toBe("fleet attach build ");
    expect(await typed("fleet status here:2")).toBe("fleet status here:2 ");
  });
});

describe("PowerShell", () => {
  it("gets a script whose brackets match", async () => {
    const { stdout } = await home.fleet("completion", "powershell");
    expect(stdout).toContain("Register-ArgumentCompleter -Native -CommandName fleet");
    const open: string[] = [];
    for (const char of stdout.replace(/'[^']*'|"[^"]*"|#.*$/gm, "")) {
      if ("({[".includes(char)) open.push(char);
      else if (")}]".includes(char)) expect(`${open.pop() ?? ""}${char}`).toMatch(/^(\(\)|\{\}|\[\])$/);
    }
    expect(open).toEqual([]);
  });
});

describe("install", () => {
  it.each([
    ["bash", ".local/share/bash-completion/completions/fleet", undefined],
    ["fish", ".config/fish/completions/fleet.fish", undefined],
    ["zsh", "config/completion.zsh", ".zshrc"],
    ["powershell", "config/completion.ps1", ".config/powershell/Microsoft.PowerShell_profile.ps1"],
  ])("%s: in its place, once", async (shell, file, hook) => {
    using mine = new Home(built, { SHELL: `/usr/bin/${shell}` });
    if (hook === ".zshrc") writeFileSync(join(mine.path, hook), "alias x=y");
    expect((await mine.fleet("completion", "install", "--json")).stdout).toContain('"changed": true');
    const before = hook === undefined ? "" : readFileSync(join(mine.path, hook), "utf8");
    expect(existsSync(join(mine.path, file))).toBe(true);
    expect((await mine.fleet("completion", "install", "--json")).stdout).toContain('"changed": false');
    if (hook !== undefined) expect(readFileSync(join(mine.path, hook), "utf8")).toBe(before);
    if (hook === ".zshrc") expect(before).toMatch(/^alias x=y\n\S/);
  });
  it("an unknown shell is a mistake with a hint", async () => {
    expect(await home.fleet("completion", "install", "tcsh")).toMatchObject({ code: 2, stderr: expect.stringMatching(/tcsh[^]*bash\|zsh/) as string });
  });
});
