// `fleet top` in a real terminal: it follows what happens, attaches, keeps to the window's size, and leaves the terminal as it was.
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { machine, type Machine } from "./machines.ts";
import { Tmux } from "./tmux.ts";

const hasTmux = (() => {
  try {
    execFileSync("tmux", ["-V"]);
    return true;
  } catch {
    return false;
  }
})();

describe.runIf(hasTmux)("fleet top", () => {
  let alpha: Machine;
  beforeAll(async () => {
    alpha = machine({ FLEET_NODE_NAME: "alpha" });
    await alpha.ok("launch", "--name", "noisy", "--", "sh", "-c", "while sleep 0.1; do echo $((n=n+1)) loud-line; done");
    await alpha.ok("launch", "--name", "quiet", "--", "sh", "-c", "printf '\\033]0;evil\\007'; echo still-here; sleep 600");
  });
  afterAll(() => alpha[Symbol.asyncDispose]());

  it("shows sessions by output, filters, attaches and comes back, and gives the terminal back", async () => {
    using terminal = new Tmux(alpha.env, "sh -c 'echo before-top; fleet top --every 1; echo left with $?; sleep 60'", { cols: 90, rows: 14 });
    await terminal.shows(/alpha:1 +noisy +running.* B\/s[^]*alpha:2 +quiet +running/);
    expect(terminal.format("#{alternate_on}#{cursor_flag}")).toBe("10");
    terminal.type("/quiet");
    await terminal.shows(/\/quiet_ +1 of 2/);
    terminal.keys("Enter");
    await terminal.shows(/Enter attach/);
    terminal.keys("Enter");
    await terminal.shows(/still-here/);
    terminal.keys("C-b", "d");
    await terminal.shows(/sessions by output +\/quiet +1 of 2/);
    terminal.keys("Tab");
    await terminal.shows(/NODE +STATE[^]*alpha +live/);
    terminal.resize(50, 8);
    await terminal.shows(/^fleet [^]*alpha +live[^]*↑↓ select/);
    expect(terminal.screen().trimEnd().split("\n").length).toBeLessThanOrEqual(8);
    terminal.keys("q");
    await terminal.shows(/left with 0/);
    expect(terminal.format("#{alternate_on}#{cursor_flag}")).toBe("01");
  });

  it("gives the terminal back when it is ended from outside", async () => {
    using terminal = new Tmux(alpha.env, "sh -c 'sh -c \"echo \\$\\$ > pid; exec fleet top\"; echo left with $?; stty -a | grep -o \"[-]*icanon\"; sleep 60'".replace("> pid", `> ${alpha.home}/top.pid`), { cols: 90, rows: 14 });
    await terminal.shows(/alpha:1/);
    await alpha.run("sh", ["-c", `kill -TERM $(cat ${alpha.home}/top.pid)`]);
    const screen = await terminal.shows(/left with \d+\n+icanon/);
    expect(screen).toContain("left with 143");
    expect(terminal.format("#{alternate_on}#{cursor_flag}")).toBe("01");
  });

  it("prints a table where there is no terminal", async () => {
    const text = await alpha.ok("top");
    expect(text).toMatch(/^NODE[^]*alpha +live[^]*TARGET[^]*alpha:1 +noisy +running/);
    const { sessions } = await alpha.json<{ sessions: { target: string; bytesPerSecond: number | null }[] }>("top");
    expect(sessions.find(({ target }) => target === "alpha:1")?.bytesPerSecond).toBeGreaterThan(0);
  });
});
