// What the service files say, read by those whose files they are: systemd-analyze, and a parser of property lists.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { hubPlists, nodePlist } from "./launchd.ts";
import { createServices } from "./services.ts";
import { hubUnits, nodeUnit, quoted } from "./systemd.ts";
import type { ServiceFacts } from "./types.ts";

const facts: ServiceFacts = {
  home: "/root",
  user: "root",
  uid: 0,
  name: "fleet-node-b",
  environment: { PATH: "/usr/bin:/bin", FLEET_HOME: "/tmp/50% of \"b\" & <c>" },
  runDir: "/run/user/0/fleet",
  stateDir: "/tmp/b/state",
  agent: [process.execPath, "/tmp/a b/fleet-node.js"],
  hub: { directory: "/tmp/b/state/hub", nats: [process.execPath, "-c", "/tmp/$x/nats.conf"], registry: [process.execPath, "registry"], relay: [process.execPath, "relay"] },
};

describe("units for systemd", () => {
  it.runIf(spawnSync("systemd-analyze", ["--version"]).status === 0)("are what systemd takes", () => {
    const directory = mkdtempSync(join(tmpdir(), "fwu-"));
    try {
      for (const scope of ["user", "system"] as const) {
        const files = [nodeUnit(scope, facts), ...hubUnits(scope, facts)].map(({ path, content }) => {
          const file = join(directory, basename(path));
          writeFileSync(file, content);
          return file;
        });
        const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", ...files], { encoding: "utf8", env: { ...process.env, SYSTEMD_LOG_LEVEL: "warning" } });
        expect({ status, said: stderr.split("\n").filter((line) => line.includes("fleet-")) }).toEqual({ status: 0, said: [] });
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it("leave the agent's children alone, keep a login's directory for sockets, and shut the hub in", () => {
    const { path, content } = nodeUnit("system", facts);
    expect(path).toBe("/etc/systemd/system/fleet-node-b.service");
    for (const line of ["KillMode=process", "OOMPolicy=continue", "Delegate=yes", "Restart=on-failure", "Requires=user-runtime-dir@0.service", "User=root"]) expect(content).toContain(`\n${line}\n`);
    expect(content).not.toMatch(/Protect|NoNewPrivileges/);
    expect(nodeUnit("user", facts)).toMatchObject({ path: "/root/.config/systemd/user/fleet-node-b.service" });
    expect(nodeUnit("user", facts).content).not.toMatch(/User=|user-runtime-dir/);
    const [target, nats] = hubUnits("system", facts);
    expect(target?.path).toBe("/etc/systemd/system/fleet-hub-b.target");
    expect(nats?.content).toContain("ReadWritePaths=/tmp/b/state/hub\n");
    expect(nats?.content).toContain("/tmp/$$x/nats.conf\n");
    expect(hubUnits("system", { ...facts, hub: undefined })).toEqual([]);
  });

  it("words with spaces, quotes, specifiers and backslashes stay one word", () => {
    expect([quoted("/a/b"), quoted("a b"), quoted('a"b'), quoted("50%"), quoted("a\\b")]).toEqual(["/a/b", '"a b"', '"a\\"b"', "50%%", '"a\\\\b"']);
  });
});

describe("property lists for launchd", () => {
  const READ = "import json, plistlib, sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))";
  it.runIf(spawnSync("python3", ["-c", "import plistlib"]).status === 0)("are property lists", () => {
    const read = (input: string) => JSON.parse(spawnSync("python3", ["-c", READ], { input, encoding: "utf8" }).stdout) as object;
    const { path, content } = nodePlist("user", facts);
    expect(path).toBe("/root/Library/LaunchAgents/dev.fleetwire.fleet-node-b.plist");
    expect(read(content)).toMatchObject({ Label: "dev.fleetwire.fleet-node-b", ProgramArguments: facts.agent, EnvironmentVariables: facts.environment, KeepAlive: { SuccessfulExit: false }, AbandonProcessGroup: true, Umask: 63 });
    expect(hubPlists("system", facts).map((file) => (read(file.content) as { UserName: string }).UserName)).toEqual(["root", "root", "root"]);
  });
});

describe("installing", () => {
  it("only says what it would do when it is asked to, and refuses a hub that isn't there", async () => {
    const hub = { exists: () => false, isUp: () => false, down: () => Promise.reject(new Error("touched")), up: () => Promise.reject(new Error("touched")) };
    const services = createServices({ env: { FLEET_HOME: "/tmp/none/b", FLEET_NATS_TOKEN: "secret" }, home: "/tmp/none", stateDir: "/tmp/none/state", runDir: "/tmp/none/run", agent: ["node", "agent"], registry: ["node", "agent", "registry"], relay: ["node", "agent", "relay"], findProgram: () => "/usr/sbin/nats-server", hub });
    const plan = await services.install({ scope: "user", hub: false, manager: "systemd", dryRun: true });
    expect(plan).toMatchObject({ unit: "fleet-node-b.service", installed: false, files: [{ path: "/tmp/none/.config/systemd/user/fleet-node-b.service" }] });
    expect(plan.files[0]?.content).not.toContain("secret");
    await expect(services.install({ scope: "user", hub: true, manager: "systemd", dryRun: true })).rejects.toMatchObject({ code: "hub-missing" });
    await expect(services.install({ scope: "user", hub: false, manager: "launchd", dryRun: false })).rejects.toMatchObject({ code: "not-supported" });
    expect(await services.remove()).toEqual({ removed: [] });
  });
});
