// The examples of README and docs, typed on real machines (FLEET_HOMEs) with a real hub between them.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { spawn as spawnPty } from "node-pty";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeTools, fakeUuid } from "../shared/src/testing/index.ts";
import { cleanEnv, freePort, root } from "../tests/machines.ts";
import { examplesOf, looksLike, type Example } from "./console.ts";

const pages = ["README.md", "docs/sessions.md", "docs/recordings.md", "docs/hosts.md", "docs/fleet.md", "docs/storage.md", "docs/placement.md", "docs/audit.md", "docs/metrics.md", "docs/operations.md", "docs/own-nats.md", "docs/nodes.md", "docs/services.md", "docs/events.md", "docs/messages.md", "docs/screens.md", "docs/agents.md", "docs/mcp.md", "docs/sending.md"];

describe("reading examples", () => {
  it("knows what output looks like what is shown", () => {
    expect(looksLike("a  b\n", ["a … b"])).toBe(true);
    expect(looksLike("a c\n", ["a … b"])).toBe(false);
    expect(looksLike("x\ny\nz\n", ["…", "z"])).toBe(true);
    expect(looksLike("x\ny\n", ["…", "z"])).toBe(false);
    expect(looksLike("beta:1\n", ["beta:1"])).toBe(true);
  });
});

describe.each(pages)("%s", (page) => {
  const examples = examplesOf(page, readFileSync(join(root, page), "utf8"));
  let directory: string;
  let plainNats: ChildProcess;
  let env: Record<string, string>;
  let tools: FakeTools;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "fd-"));
    tools = new FakeTools().nvidia([{ uuid: fakeUuid(1) }, { uuid: fakeUuid(2) }]);
    const port = await freePort();
    plainNats = spawn("nats-server", ["-a", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
    env = { PLAIN_NATS: `nats://127.0.0.1:${port}`, NODE_URL: "", HUB_HOST: "localhost" };
  });

  afterAll(async () => {
    for (const machine of new Set(examples.map((example) => example.machine))) {
      await shell(machine, "fleet hub down; fleet down --sessions --yes");
    }
    plainNats.kill();
    tools[Symbol.dispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  it("has examples", () => expect(examples.length).toBeGreaterThan(5));

  it.each(examples.map((example) => [`${example.line}: ${example.machine}$ ${example.command}`, example] as const))(
    "line %s",
    async (_title, example) => {
      if (example.command.includes("$NODE_URL")) env["NODE_URL"] = (await shell(example.machine, "fleet up --json")).output.match(/ws:\/\/127\.0\.0\.1:\d+/)?.[0] ?? "";
      const { code, output } = /^fleet attach\b/.test(example.command) ? await attachAndDetach(example) : await typed(example);
      expect(code, output).toBe(0);
      if (!looksLike(output, example.shown)) expect(output).toBe(example.shown.join("\n"));
    },
    60_000,
  );

  /** A person reads what a program printed a while after typing to it: what only reads is asked again until it shows what is shown. */
  async function typed({ machine, command, shown }: Example): Promise<{ code: number; output: string }> {
    const deadline = Date.now() + (/^fleet (logs|ps|ls|screen)\b/.test(command) ? 10_000 : 0);
    for (;;) {
      const said = await shell(machine, command);
      if (Date.now() >= deadline || (said.code === 0 && looksLike(said.output, shown))) return said;
      await sleep(200);
    }
  }

  function environment(machine: string): Record<string, string> {
    const home = join(directory, machine);
    mkdirSync(home, { recursive: true });
    return { ...cleanEnv(), ...env, FLEET_HOME: home, PATH: [join(root, "node_modules/.bin"), ...(machine === "gpu" ? [tools.path] : []), process.env["PATH"] ?? ""].join(":") };
  }

  function shell(machine: string, command: string): Promise<{ code: number; output: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn("bash", ["-c", command], { cwd: directory, env: environment(machine), stdio: ["ignore", "pipe", "pipe"] });
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? 1, output }));
    });
  }

  /** Attaches on a real terminal and leaves with the detach chord. */
  function attachAndDetach(example: Example): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      const terminal = spawnPty("bash", ["-c", example.command], { cwd: directory, env: environment(example.machine), cols: 100, rows: 30 });
      let output = "";
      const chord = setInterval(() => terminal.write("\x02d"), 700);
      terminal.onData((data) => (output += data));
      terminal.onExit(({ exitCode }) => {
        clearInterval(chord);
        resolve({ code: exitCode, output });
      });
    });
  }
});
