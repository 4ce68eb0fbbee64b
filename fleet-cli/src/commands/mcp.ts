import { Tag } from "@fleetwire/shared/ids";
import { packageVersion } from "../client/index.ts";
import { DEFAULT_MAX_CHARS, TOOLS } from "../mcp/index.ts";
import { writeErrorReport } from "../ui/index.ts";
import { defineCommand } from "./command.ts";
import { checked, text, toggle, value, values, whole } from "./flags.ts";

export default defineCommand({
  args: [],
  flags: {
    "read-only": toggle("only tools that change nothing"),
    "allow-node": values("GLOB", "only these nodes, by name; * and ? stand for characters", text, { offers: "nodes" }),
    "allow-command": values("PATTERN", "launch only these: 'claude', 'npm run *', '/opt/bin/*'", text),
    "allow-env": values("GLOB", "with --allow-command: variables that a launch may set; default none", text),
    "allow-tool": values("TOOL", "only these tools", text, { offers: Object.keys(TOOLS) }),
    "tag": values("TAG", "only sessions with all of these tags; what is launched gets them", checked(Tag)),
    "max-chars": value("N", `longest answer in characters; default ${DEFAULT_MAX_CHARS}`, whole(1_000, 1_000_000)),
  },
  examples: ["fleet mcp", "fleet mcp --read-only", "fleet mcp --allow-node 'gpu-*' --allow-command claude --tag swarm=red"],
  notes: "Speaks the Model Context Protocol on stdin and stdout until stdin ends: for the configuration of a client, not to be typed.\nThe same settings stand in [mcp] of config.toml; a flag given here counts instead. docs/mcp.md has what to paste for each client.",
  async run({ client, settings, output, process, flags }) {
    const { serveMcp } = await import("../mcp/index.ts");
    const { mcp: file } = settings;
    const stop = new AbortController();
    process.interrupt.claim();
    process.interrupt.signal.addEventListener("abort", () => stop.abort(), { once: true });
    if (process.stdin().isTTY) output.note("this speaks the Model Context Protocol with the program that started it, and waits for its messages; Ctrl+D ends it. docs/mcp.md has what to paste for each client");
    const given = <T>(flag: readonly T[], setting: readonly T[] = []) => (flag.length > 0 ? flag : setting);
    await serveMcp({
      client,
      settings,
      limits: {
        readOnly: flags["read-only"] || file.read_only === true,
        nodes: given(flags["allow-node"], file.allow_nodes),
        commands: given(flags["allow-command"], file.allow_commands),
        env: given(flags["allow-env"], file.allow_env),
        tools: given(flags["allow-tool"], file.allow_tools),
        tags: given(flags.tag, file.tags),
        maxChars: flags["max-chars"] ?? file.max_chars ?? DEFAULT_MAX_CHARS,
      },
      version: packageVersion(),
      stdin: process.stdin(),
      stdout: process.stdout(),
      signal: stop.signal,
      note: (line) => output.note(line),
      report: (error) => writeErrorReport(settings.paths.logs, error, process.argv),
    });
    return { exit: process.interrupt.exitCode ?? 0 };
  },
});
