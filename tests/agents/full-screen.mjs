// As Claude Code looks: raw mode, alternate screen, a spinner while it thinks, a box for permission whose cursor blinks. With HOOKS=1
// it runs its hooks as well, and with WORDS it says it in other words than any rule knows.
import { spawn } from "node:child_process";
import { sleep, truth } from "./truth.mjs";

const { HOOKS, WORDS, CHOICES = "a) b)", NAME = "claude", STILL } = process.env;
const out = (text) => process.stdout.write(text);
process.title = NAME;
process.stdin.setRawMode(true);
out("\u001b[?1049h");

function hook(event) {
  if (HOOKS !== "1") return Promise.resolve();
  const child = spawn("fleet", ["report", "--hook", "claude"], { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.end(JSON.stringify({ session_id: "s", cwd: "/", ...event }));
  return new Promise((resolve) => child.once("close", resolve));
}

const screen = (...lines) => out(`\u001b[H\u001b[2J${lines.join("\r\n")}`);

async function think(ms) {
  for (let frame = 0; frame * 100 < ms; frame++) {
    screen("● Working on it", "", WORDS ?? `${"·✢✳✶✻✽"[frame % 6]} Thinking… (${frame} s · esc to interrupt)`);
    await sleep(100);
  }
}

function key() {
  return new Promise((resolve) => process.stdin.once("data", resolve));
}

async function ask() {
  truth("blocked");
  screen("Bash command", "  rm -rf build", ...(WORDS === undefined ? ["Do you want to proceed?", "❯ 1. Yes", "  2. No"] : [WORDS, ...CHOICES.split("\n")]));
  await hook({ hook_event_name: "PermissionRequest", tool_name: "Bash" });
  let shown = true;
  const blinking = setInterval(() => {
    if (STILL === "1") return;
    shown = !shown;
    out(`\u001b[4;1H${shown ? "❯" : " "}`);
  }, 700);
  let typed;
  do typed = await key();
  while (String(typed).startsWith("\u001b["));
  clearInterval(blinking);
  truth("working");
}

truth("working");
await hook({ hook_event_name: "UserPromptSubmit" });
await think(1_500);
await ask();
await think(1_000);
await hook({ hook_event_name: "PostToolUse", tool_name: "Bash" });
await think(600);
truth(HOOKS === "1" ? "done" : "idle");
screen("● Done.", "", "> ", WORDS ?? "  ? for shortcuts");
await hook({ hook_event_name: "Stop" });
await key();
await sleep(60_000);
