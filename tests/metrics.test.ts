// Metrics as Prometheus itself reads them, from a real node with a hub; and what the dashboard and the alert rules ask for.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../shared/src/testing/index.ts";
import { freePort, Machine, root } from "./machines.ts";

const hasPrometheus = spawnSync("promtool", ["--version"]).status === 0;
if (!hasPrometheus) process.stdout.write("skipped: metrics aren't scraped by a real Prometheus where there is none\n");

let directory: string;
let machine: Machine;
let port: number;
let page: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "fwm-"));
  machine = new Machine(join(directory, "a"), { FLEET_NODE_NAME: "alpha" });
  port = await freePort();
  mkdirSync(join(machine.home, "config"), { mode: 0o700, recursive: true });
  writeFileSync(join(machine.home, "config/config.toml"), `[metrics]\nlisten = "127.0.0.1:${port}"\n`, { mode: 0o600 });
  const [natsPort, gatewayPort] = [await freePort(), await freePort()];
  await machine.ok("hub", "init", "--nats-port", String(natsPort), "--gateway-port", String(gatewayPort));
  await machine.ok("hub", "up");
  await machine.ok("launch", "--name", "private-name", "--", "sh", "-c", "echo private-output; sleep 600");
  await machine.fleet("kill", "nobody");
  await machine.ok("run", "--", "true");
  await waitFor("the registry heard the node", async () => ((page = (await get({ port, host: "127.0.0.1", path: "/metrics" })).text), /fleet_registry_nodes\{state="live"\} 1/.test(page)));
}, 60_000);
afterAll(async () => {
  await machine.fleet("hub", "down");
  await machine[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function get(options: object): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(options, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    }).on("error", reject).end();
  });
}

const value = (sample: string): number => Number(page.split("\n").find((line) => line.startsWith(`${sample} `))?.split(" ").at(-1));

describe("a node's metrics", () => {
  it("say what happened, and no names of sessions, commands or callers", () => {
    expect(value('fleet_sessions{state="running"}')).toBe(1);
    expect(value("fleet_session_launches_total")).toBe(2);
    expect(value('fleet_session_ends_total{state="exited"}')).toBe(1);
    expect(value('fleet_requests_total{verb="session-launch",outcome="ok"}')).toBe(2);
    expect(value('fleet_hub_up{part="nats-server"}')).toBe(1);
    expect(value("fleet_session_output_bytes_total")).toBeGreaterThanOrEqual(14);
    for (const name of ["private", "sleep", "socket:", machine.home]) expect(page).not.toContain(name);
    expect(page.split("\n").length).toBeLessThan(1_000);
  });

  it("are had at the node's socket, and on the direct server by a viewer alone", async () => {
    const socketPath = join(machine.home, "run/agent.sock");
    expect((await get({ socketPath, path: "/metrics" })).text).toContain("fleet_node_info");
    const { token } = await machine.json<{ token: string }>("server", "token", "create", "scrape", "--role", "viewer");
    const ci = await machine.json<{ token: string }>("server", "token", "create", "job", "--role", "ci");
    const listen = (await machine.fleet("up", "--json")).stdout.match(/ws:\/\/127\.0\.0\.1:(\d+)/)?.[1];
    const direct = (bearer?: string) => get({ port: Number(listen), host: "127.0.0.1", path: "/v1/metrics", headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` } });
    expect(await direct(token)).toMatchObject({ status: 200, text: expect.stringContaining("fleet_sessions") as string });
    expect((await direct()).status).toBe(401);
    expect((await direct(ci.token)).status).toBe(403);
  });
});

/** Names in an expression, without functions, labels and words of the language. */
function metricsIn(expression: string): string[] {
  return [...expression.matchAll(/\bfleet_[a-z0-9_]+/g)].map(([name]) => name);
}

describe("what comes with it", () => {
  const exported = () => new Set([...page.matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name = "", type]) => (type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name])));
  /** Counted only once something was turned away. */
  const RARE = ["fleet_requests_refused_total"];

  it("the dashboard is Grafana's, and asks for nothing that isn't there", () => {
    const dashboard = JSON.parse(readFileSync(join(root, "docs/grafana/fleet.json"), "utf8")) as { schemaVersion: number; uid: string; panels: { id: number; type: string; gridPos: { x: number; w: number }; targets?: { expr: string; datasource: { type: string } }[] }[] };
    expect(dashboard).toMatchObject({ uid: "fleetwire", schemaVersion: expect.any(Number) as number });
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(20);
    expect(expressions.flatMap(metricsIn).filter((name) => !exported().has(name) && !RARE.includes(name))).toEqual([]);
  });

  it("the alert rules too", () => {
    const expressions = [...readFileSync(join(root, "docs/grafana/fleet.rules.yml"), "utf8").matchAll(/expr: (.*)/g)].map(([, expr = ""]) => expr);
    expect(expressions.length).toBeGreaterThan(5);
    expect(expressions.flatMap(metricsIn).filter((name) => !exported().has(name) && !RARE.includes(name))).toEqual([]);
  });
});

describe.runIf(hasPrometheus)("Prometheus itself", () => {
  let prometheus: ChildProcess | undefined;
  afterAll(() => prometheus?.kill());

  it("finds nothing wrong with the page and the rules", () => {
    expect(spawnSync("promtool", ["check", "metrics"], { input: page, encoding: "utf8" })).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(spawnSync("promtool", ["check", "rules", join(root, "docs/grafana/fleet.rules.yml")], { encoding: "utf8" })).toMatchObject({ status: 0 });
  });

  it("scrapes the node with the rules loaded, and answers what the dashboard asks", async () => {
    const web = await freePort();
    writeFileSync(join(directory, "prometheus.yml"), JSON.stringify({ global: { scrape_interval: "1s" }, rule_files: [join(root, "docs/grafana/fleet.rules.yml")], scrape_configs: [{ job_name: "fleet", static_configs: [{ targets: [`127.0.0.1:${port}`] }] }] }));
    prometheus = spawn("prometheus", [`--config.file=${join(directory, "prometheus.yml")}`, `--storage.tsdb.path=${join(directory, "tsdb")}`, `--web.listen-address=127.0.0.1:${web}`], { stdio: "ignore" });
    const query = async (text: string): Promise<number | undefined> => {
      const { text: body } = await get({ port: web, host: "127.0.0.1", path: `/api/v1/query?query=${encodeURIComponent(text)}` });
      const { data } = JSON.parse(body) as { data: { result: { value: [number, string] }[] } };
      return data.result[0] === undefined ? undefined : Number(data.result[0].value[1]);
    };
    await waitFor("a scrape", async () => (await query('up{job="fleet"}').catch(() => undefined)) === 1, 30_000);
    await waitFor("the sessions", async () => (await query('sum(fleet_sessions{state="running"})')) === 1, 20_000);
    expect(await query('sum(fleet_registry_nodes{state="live"})')).toBe(1);
    await waitFor("a rate", async () => ((await query('sum(rate(fleet_agent_cpu_seconds_total[1m]))')) ?? 0) > 0, 20_000);
    expect(await query("histogram_quantile(0.99, sum by (le) (fleet_request_duration_seconds_bucket))")).toBeGreaterThan(0);
  }, 60_000);
});
