// The service files under a real systemd, as PID 1 of a container: what is restarted alone, what comes back by itself, and what a
// reboot leaves.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEngine, SYSTEM_PATH, type Engine } from "../compose/testing/docker.ts";
import type { NodeRecord, SessionRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { root } from "./machines.ts";

const NAME = "fleetwire-services-test";
const BOOT_MS = 60_000;
/** What systemd needs of a container; not more than this machine has itself, and so no `--privileged`. */
const AS_MACHINE = ["--cap-add", "ALL", ...(mayAll() ? [] : ["--cap-drop", "SYS_RESOURCE"]), "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--cgroupns", "host", "-v", "/sys/fs/cgroup:/sys/fs/cgroup", "--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec", "-e", "container=docker", "--stop-signal", "SIGRTMIN+3"];

const engine = process.getuid?.() === 0 ? await openEngine("engine-services") : undefined;
if (engine === undefined && process.env["CI"] === "true") throw new Error("the service files are proved in a container, and no Docker engine answers");

describe.skipIf(engine === undefined)("services under systemd", () => {
  const env = { ...process.env, PATH: SYSTEM_PATH, DOCKER_HOST: (engine as Engine | undefined)?.host ?? "" };
  const docker = (...args: string[]) => spawnSync("docker", args, { env, encoding: "utf8" });
  /** As root in the container. */
  const inside = (line: string) => docker("exec", "-e", "HOME=/root", NAME, "bash", "-c", `fleet() { node /opt/fleetwire/fleet-cli/bin/fleet.js "$@"; }; ${line}`);
  function ok(line: string): string {
    const { status, stdout, stderr } = inside(line);
    if (status !== 0) throw new Error(`${line} exited with ${status}: ${stdout}${stderr}`);
    return stdout.trim();
  }
  const session = (name: string) => (JSON.parse(ok(`fleet status ${name} --json`)) as { session: SessionRecord }).session;
  const mainPid = (unit: string) => ok(`systemctl show --property MainPID --value ${unit}`);
  const booted = () => waitFor("systemd has booted", () => Promise.resolve(/running|degraded/.test(inside("systemctl is-system-running").stdout)), BOOT_MS);

  beforeAll(async () => {
    const image = execFileSync(process.execPath, ["compose/systemd-image.mjs"], { cwd: root, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
    docker("rm", "--force", NAME);
    const { status, stderr } = docker("run", "--detach", "--tty", "--name", NAME, "--network", "none", ...AS_MACHINE, "-v", `${root}:/opt/fleetwire:ro`, image, "/lib/systemd/systemd");
    if (status !== 0) throw new Error(stderr);
    await booted();
    // Debian's own services of these programs.
    ok("systemctl disable --now nats-server caddy");
  }, 300_000);
  afterAll(async () => {
    docker("rm", "--force", NAME);
    await engine?.[Symbol.asyncDispose]();
  }, 60_000);

  it("installs node and hub, and systemd finds nothing wrong with the units", () => {
    ok("fleet hub init");
    expect(ok("fleet up --install --name box")).toMatch(/^node box is up/);
    expect(ok("fleet hub up --install")).toMatch(/nats-server +running, pid \d+, fleet-hub-nats\.service/);
    expect(ok("systemctl is-active fleet-node fleet-hub.target fleet-hub-nats fleet-hub-registry").split("\n")).toEqual(["active", "active", "active", "active"]);
    expect(inside("systemd-analyze verify /etc/systemd/system/fleet-*.service /etc/systemd/system/fleet-hub.target")).toMatchObject({ status: 0, stdout: "", stderr: "" });
    ok("fleet launch --name kept -- bash");
    ok("fleet launch --name policy --restart always -- sleep 100000");
  }, 90_000);

  it("a restart of the agent, and its death, keep sessions and hub", async () => {
    const { pid } = session("kept");
    const [agent, nats] = [mainPid("fleet-node"), mainPid("fleet-hub-nats")];
    ok("systemctl restart fleet-node");
    await waitFor("it answers", () => Promise.resolve(inside("fleet status kept --json").status === 0));
    expect(mainPid("fleet-node")).not.toBe(agent);
    expect(session("kept")).toMatchObject({ state: "running", pid });
    const killed = mainPid("fleet-node");
    ok(`kill -9 ${killed}`);
    await waitFor("systemd starts it again", () => Promise.resolve(!["0", killed].includes(mainPid("fleet-node"))), 20_000);
    await waitFor("it answers again", () => Promise.resolve(inside("fleet send kept 'echo still-$((40+2))'").status === 0), 20_000);
    await waitFor("the session runs as before", () => Promise.resolve(ok("fleet logs kept").includes("still-42")));
    expect(mainPid("fleet-hub-nats")).toBe(nats);
    // Stopped on purpose it stays down until somebody asks it for something; then it is systemd that starts it.
    ok("fleet down");
    await sleep(2_000);
    expect(inside("systemctl is-active fleet-node").stdout.trim()).toBe("inactive");
    ok("fleet up");
    expect(ok("systemctl is-active fleet-node")).toBe("active");
    expect(session("kept")).toMatchObject({ state: "running", pid });
  }, 90_000);

  it("a restart of the hub keeps node and sessions", async () => {
    const { pid } = session("kept");
    const [agent, nats] = [mainPid("fleet-node"), mainPid("fleet-hub-nats")];
    ok("systemctl restart fleet-hub.target");
    expect(mainPid("fleet-hub-nats")).not.toBe(nats);
    await waitFor("the node is back in its fleet", () => Promise.resolve((JSON.parse(inside("fleet nodes --json").stdout || "[]") as NodeRecord[]).some(({ name, state }) => name === "box" && state === "live")), 30_000);
    expect(mainPid("fleet-node")).toBe(agent);
    expect(session("kept")).toMatchObject({ state: "running", pid });
    ok(`kill -9 ${mainPid("fleet-hub-nats")}`);
    await waitFor("systemd starts nats-server again", () => Promise.resolve(/nats-server +running/.test(inside("fleet hub status").stdout)), 20_000);
  }, 90_000);

  it("after a reboot everything is back: what ran is lost, or begun again by its policy", async () => {
    expect(docker("restart", "--time", "30", NAME).status).toBe(0);
    await booted();
    await waitFor("the node is back", () => Promise.resolve((JSON.parse(inside("fleet nodes --json").stdout || "[]") as NodeRecord[]).some(({ name, state }) => name === "box" && state === "live")), 60_000);
    expect(session("kept").state).toBe("lost");
    await waitFor("the policy has begun it again", () => Promise.resolve(session("policy").state === "running"), 30_000);
    expect(session("policy").state).toBe("running");
  }, 180_000);

  it("is uninstalled while all goes on, and nothing is left of it", async () => {
    const { pid } = session("policy");
    ok("fleet down --uninstall");
    expect(ok("ls /etc/systemd/system")).not.toContain("fleet");
    await waitFor("systemd has forgotten the units", () => Promise.resolve(inside("systemctl list-units 'fleet*' --all --no-legend").stdout.trim() === ""), 20_000);
    expect(session("policy")).toMatchObject({ state: "running", pid });
    expect(ok("fleet hub status")).toMatch(/nats-server +running, pid \d+$/m);
    ok("fleet hub down; fleet down --sessions --yes");
  }, 90_000);
});

/** Have we every capability that a container could be given? */
function mayAll(): boolean {
  const [, set = "0"] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  const SYS_RESOURCE = 24n;
  return ((BigInt(`0x${set}`) >> SYS_RESOURCE) & 1n) === 1n;
}
